// A name shown beside what it names, on hover and keyboard focus. The child must be a React Aria button.

import type { ReactElement } from 'react'
import { Tooltip as AriaTooltip, TooltipTrigger } from 'react-aria-components/Tooltip'
import styles from './tooltip.module.css'

export interface TooltipProps {
  readonly text: string
  readonly shortcut?: string | undefined
  readonly children: ReactElement
}

export function Tooltip({ text, shortcut, children }: TooltipProps) {
  return (
    <TooltipTrigger delay={500} closeDelay={0}>
      {children}
      <AriaTooltip className={styles.tooltip} offset={6}>
        {text}
        {shortcut ? <kbd className={styles.key}>{shortcut}</kbd> : null}
      </AriaTooltip>
    </TooltipTrigger>
  )
}

// A button that is an icon: it always has a name (`label`), shown as a tooltip with its key where it has one.

import type { ReactNode, Ref } from 'react'
import { Button as AriaButton, type ButtonProps as AriaButtonProps } from 'react-aria-components/Button'
import styles from './icon-button.module.css'
import { Tooltip } from './tooltip.tsx'

export interface IconButtonProps extends Omit<AriaButtonProps, 'className' | 'style' | 'children' | 'aria-label'> {
  readonly label: string
  readonly icon: ReactNode
  /** The key that does the same, as shown to people: «e», «Shift+I». */
  readonly shortcut?: string
  readonly size?: 'normal' | 'small'
  /** For a button that stays down; leave out for one that does something. */
  readonly isOn?: boolean
  readonly className?: string
  readonly ref?: Ref<HTMLButtonElement>
}

export function IconButton({ label, icon, shortcut, size = 'normal', isOn, className, ...rest }: IconButtonProps) {
  return (
    <Tooltip text={label} shortcut={shortcut}>
      <AriaButton
        {...rest}
        aria-label={label}
        aria-pressed={isOn}
        data-on={isOn || undefined}
        className={`${styles.button} ${styles[size]} ${className ?? ''}`}
      >
        {icon}
      </AriaButton>
    </Tooltip>
  )
}

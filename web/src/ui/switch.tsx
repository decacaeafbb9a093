// On or off, with its words.

import type { ReactNode } from 'react'
import { Switch as AriaSwitch } from 'react-aria-components/Switch'
import styles from './field.module.css'

export interface SwitchProps {
  readonly children: ReactNode
  readonly description?: ReactNode
  readonly isSelected: boolean
  readonly onChange: (isSelected: boolean) => void
  readonly isDisabled?: boolean
}

export function Switch({ children, description, ...rest }: SwitchProps) {
  return (
    <AriaSwitch {...rest} className={styles.switch}>
      <span className={styles.track} />
      <span className={styles.words}>
        {children}
        {description ? <span className={styles.description}>{description}</span> : null}
      </span>
    </AriaSwitch>
  )
}

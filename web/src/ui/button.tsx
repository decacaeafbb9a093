// Buttons with words. `tone` says how much it matters: one `primary` at most in a view.

import type { ReactNode, Ref } from 'react'
import { Button as AriaButton, type ButtonProps as AriaButtonProps } from 'react-aria-components/Button'
import styles from './button.module.css'

export interface ButtonProps extends Omit<AriaButtonProps, 'className' | 'style' | 'children'> {
  readonly tone?: 'primary' | 'plain' | 'quiet' | 'danger'
  readonly size?: 'normal' | 'small'
  readonly icon?: ReactNode
  readonly children: ReactNode
  readonly className?: string
  readonly ref?: Ref<HTMLButtonElement>
}

export function Button({
  tone = 'plain',
  size = 'normal',
  icon,
  children,
  className,
  isPending,
  ...rest
}: ButtonProps) {
  // Keeps the focus while it works, unlike a disabled one, and does nothing meanwhile.
  const idle = isPending ? { type: 'button' as const, onPress: undefined, 'data-pending': true } : {}
  return (
    <AriaButton {...rest} {...idle} className={`${styles.button} ${styles[tone]} ${styles[size]} ${className ?? ''}`}>
      {icon}
      <span className={styles.text}>{children}</span>
    </AriaButton>
  )
}

// One notice: words, what can be done about it, and a time after which it goes.

import { X } from 'lucide-react'
import { type ReactNode, useEffect, useRef, useState } from 'react'
import { Button } from 'react-aria-components/Button'
import styles from './toast.module.css'

export interface ToastProps {
  readonly children: ReactNode
  readonly actions: readonly { readonly label: string; readonly run: () => void }[]
  readonly isError?: boolean
  readonly durationMs: number
  readonly closeLabel: string
  readonly onClose: () => void
}

export function Toast({ children, actions, isError, durationMs, closeLabel, onClose }: ToastProps) {
  const [isHeld, setHeld] = useState(false)
  const close = useRef(onClose)
  close.current = onClose
  useEffect(() => {
    if (isHeld) return
    const timer = setTimeout(() => close.current(), durationMs)
    return () => clearTimeout(timer)
  }, [isHeld, durationMs])

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: pointer and focus only stop the clock
    <div
      className={styles.toast}
      data-error={isError || undefined}
      onMouseEnter={() => setHeld(true)}
      onMouseLeave={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onBlur={() => setHeld(false)}
    >
      <span className={styles.text}>{children}</span>
      {actions.map((action) => (
        <Button
          key={action.label}
          className={styles.action}
          onPress={() => {
            action.run()
            onClose()
          }}
        >
          {action.label}
        </Button>
      ))}
      <Button className={styles.close} aria-label={closeLabel} onPress={onClose}>
        <X size={16} aria-hidden />
      </Button>
    </div>
  )
}

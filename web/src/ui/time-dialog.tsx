// Asks for a time ahead: one of those that people mean most, or any other.

import { type ReactNode, useState } from 'react'
import { Button } from './button.tsx'
import { Dialog } from './dialog.tsx'
import { TextField } from './text-field.tsx'
import styles from './time-dialog.module.css'

export interface TimeDialogProps {
  readonly title: string
  readonly confirmLabel: string
  readonly closeLabel: string
  readonly otherLabel: string
  readonly pastError: string
  readonly proposals: readonly { readonly label: string; readonly detail: string; readonly at: Date }[]
  /** Above the proposals. */
  readonly children?: ReactNode
  readonly onChoose: (at: Date) => void
  readonly onClose: () => void
}

/** A time nearer than this is over before it is chosen. */
const shortestMs = 30_000

export function TimeDialog(props: TimeDialogProps) {
  const { onChoose } = props
  const [typed, setTyped] = useState('')
  const chosen = typed === '' ? null : new Date(typed)
  const isPast = chosen !== null && chosen.getTime() < Date.now() + shortestMs
  return (
    <Dialog
      title={props.title}
      closeLabel={props.closeLabel}
      onClose={props.onClose}
      size="small"
      actions={
        <Button tone="primary" isDisabled={chosen === null || isPast} onPress={() => chosen && onChoose(chosen)}>
          {props.confirmLabel}
        </Button>
      }
    >
      <div className={styles.times}>
        {props.children}
        {props.proposals.map(({ label, detail, at }) => (
          <Button key={label} className={styles.time ?? ''} onPress={() => onChoose(at)}>
            <span className={styles.choice}>
              {label}
              <span className={styles.detail}>{detail}</span>
            </span>
          </Button>
        ))}
        <TextField
          label={props.otherLabel}
          type="datetime-local"
          value={typed}
          onChange={setTyped}
          error={isPast ? props.pastError : undefined}
        />
      </div>
    </Dialog>
  )
}

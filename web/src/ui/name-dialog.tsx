// Asks for one name.

import { type FormEvent, useId, useState } from 'react'
import { Button } from './button.tsx'
import { Dialog } from './dialog.tsx'
import { TextField } from './text-field.tsx'

export interface NameDialogProps {
  readonly title: string
  readonly label: string
  readonly confirmLabel: string
  readonly closeLabel: string
  readonly initial?: string
  /** What is wrong with the name, or nothing: then it is closed. Waited for. */
  readonly onSubmit: (name: string) => string | undefined | Promise<string | undefined>
  readonly onClose: () => void
}

export function NameDialog(props: NameDialogProps) {
  const { title, label, confirmLabel, closeLabel, initial = '', onSubmit, onClose } = props
  const form = useId()
  const [name, setName] = useState(initial)
  const [error, setError] = useState<string | undefined>()
  const [isBusy, setBusy] = useState(false)

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault()
    setBusy(true)
    const wrong = await onSubmit(name.trim())
    setBusy(false)
    setError(wrong)
    if (wrong === undefined) onClose()
  }

  return (
    <Dialog
      size="small"
      title={title}
      closeLabel={closeLabel}
      onClose={onClose}
      actions={
        <>
          <Button onPress={onClose}>{closeLabel}</Button>
          <Button tone="primary" type="submit" form={form} isPending={isBusy}>
            {confirmLabel}
          </Button>
        </>
      }
    >
      <form id={form} onSubmit={(event) => void submit(event)}>
        <TextField
          label={label}
          value={name}
          onChange={(value) => {
            setName(value)
            setError(undefined)
          }}
          error={error}
          autoFocus
        />
      </form>
    </Dialog>
  )
}

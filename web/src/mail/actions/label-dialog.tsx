// Asks for the name of a new label.

import { type FormEvent, useState } from 'react'
import { useText } from '../../shell/i18n.ts'
import { useStore } from '../../store/index.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { TextField } from '../../ui/text-field.tsx'
import { keywordFor } from './label-keyword.ts'
import { keepLabel } from './labels.ts'

export interface LabelDialogProps {
  readonly onCreate: (keyword: string) => void
  readonly onClose: () => void
}

export default function LabelDialog({ onCreate, onClose }: LabelDialogProps) {
  const t = useText('mail')
  const { client, undo } = useStore()
  const [name, setName] = useState('')
  const [error, setError] = useState<string | undefined>()

  function submit(event: FormEvent): void {
    event.preventDefault()
    const keyword = keywordFor(name)
    if (keyword === '') {
      setError(t('labelNameBad'))
      return
    }
    // The messages have it all the same; its name is then read out of the keyword.
    keepLabel(client, name).catch(() => undo.push({ text: 'mail:failed', kind: 'error' }))
    onCreate(keyword)
    onClose()
  }

  return (
    <Dialog
      size="small"
      title={t('newLabel')}
      closeLabel={t('cancel')}
      onClose={onClose}
      actions={
        <>
          <Button onPress={onClose}>{t('cancel')}</Button>
          <Button tone="primary" type="submit" form="label-name">
            {t('create')}
          </Button>
        </>
      }
    >
      <form id="label-name" onSubmit={submit}>
        <TextField
          label={t('labelName')}
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

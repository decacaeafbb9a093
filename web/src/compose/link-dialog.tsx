// Where a link leads, asked for in the editor: Enter sets it, Escape leaves the text as it was.

import { type FormEvent, useState } from 'react'
import { useText } from '../shell/i18n.ts'
import { Button } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { TextField } from '../ui/text-field.tsx'
import styles from './link-dialog.module.css'
import { linkTyped } from './typed-link.ts'

export interface LinkDialogProps {
  /** '' for a new one. */
  readonly href: string
  /** What is selected; '' when there is nothing that could become a link. */
  readonly text: string
  /** Null takes the link away. */
  readonly onDone: (href: string | null, text: string) => void
  readonly onClose: () => void
}

export function LinkDialog({ href, text, onDone, onClose }: LinkDialogProps) {
  const t = useText('compose')
  const [typed, setTyped] = useState(href)
  const [words, setWords] = useState('')
  const [error, setError] = useState<string>()

  const submit = (event: FormEvent) => {
    event.preventDefault()
    // The form is drawn elsewhere, but React passes its events on to the composer.
    event.stopPropagation()
    const target = linkTyped(typed)
    if (target === null) setError(t('linkBad'))
    else onDone(target, words.trim() || typed.trim())
  }
  return (
    <Dialog
      size="small"
      title={t('linkTitle')}
      closeLabel={t('close')}
      onClose={onClose}
      actions={
        <>
          {href === '' ? null : <Button onPress={() => onDone(null, '')}>{t('linkRemove')}</Button>}
          <Button tone="primary" type="submit" form="link-address">
            {t('linkSet')}
          </Button>
        </>
      }
    >
      <form id="link-address" className={styles.form} onSubmit={submit} noValidate>
        <TextField
          label={t('linkAddress')}
          type="url"
          value={typed}
          onChange={(value) => {
            setTyped(value)
            setError(undefined)
          }}
          error={error}
          autoFocus
        />
        {href === '' && text === '' ? <TextField label={t('linkText')} value={words} onChange={setWords} /> : null}
      </form>
    </Dialog>
  )
}

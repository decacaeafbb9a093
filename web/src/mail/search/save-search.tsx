// Asks for the name under which a search stands among the folders.

import { type FormEvent, useState } from 'react'
import { useSetting } from '../../settings/account-settings.ts'
import { useText } from '../../shell/i18n.ts'
import type { SaveSearchProps } from '../../shell/screens.ts'
import { useStore } from '../../store/index.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { TextField } from '../../ui/text-field.tsx'

const longestName = 100

export default function SaveSearch({ query, name: before, onClose }: SaveSearchProps) {
  const t = useText('search')
  const { undo } = useStore()
  const [{ saved }, change] = useSetting('searches')
  const [name, setName] = useState(before ?? query.slice(0, longestName))
  const [error, setError] = useState<string | undefined>()

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault()
    const wanted = name.trim().slice(0, longestName)
    if (wanted === '') {
      setError(t('nameMissing'))
      return
    }
    if (wanted !== before && Object.hasOwn(saved, wanted)) {
      setError(t('nameTaken'))
      return
    }
    onClose()
    try {
      await change({
        saved: { ...(before === undefined || before === wanted ? {} : { [before]: null }), [wanted]: query },
      })
      undo.push({
        text: 'search:saved',
        values: { name: wanted },
        undo: () =>
          change({
            saved: { ...(before === wanted ? {} : { [wanted]: null }), ...(before && { [before]: query }) },
          }).catch(() => undo.push({ text: 'mail:failed', kind: 'error' })),
      })
    } catch {
      undo.push({ text: 'mail:failed', kind: 'error' })
    }
  }

  return (
    <Dialog
      size="small"
      title={t(before === undefined ? 'save' : 'rename')}
      closeLabel={t('cancel')}
      onClose={onClose}
      actions={
        <>
          <Button onPress={onClose}>{t('cancel')}</Button>
          <Button tone="primary" type="submit" form="search-name">
            {t(before === undefined ? 'save' : 'rename')}
          </Button>
        </>
      }
    >
      <form id="search-name" onSubmit={(event) => void submit(event)}>
        <TextField
          label={t('name')}
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

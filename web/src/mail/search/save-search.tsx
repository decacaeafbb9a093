// Asks for the name under which a search stands among the folders.

import { useSetting } from '../../settings/account-settings.ts'
import { useText } from '../../shell/i18n.ts'
import type { SaveSearchProps } from '../../shell/screens.ts'
import { useStore } from '../../store/index.ts'
import { NameDialog } from '../../ui/name-dialog.tsx'

const longestName = 100

export default function SaveSearch({ query, name: before, onClose }: SaveSearchProps) {
  const t = useText('search')
  const { undo } = useStore()
  const [{ saved }, change] = useSetting('searches')
  const failed = () => undo.push({ text: 'mail:failed', kind: 'error' })

  function save(name: string): string | undefined {
    const wanted = name.slice(0, longestName)
    if (wanted === '') return t('nameMissing')
    if (wanted !== before && Object.hasOwn(saved, wanted)) return t('nameTaken')
    const isNew = wanted !== before
    const old = isNew && before !== undefined ? { [before]: null } : {}
    const back = { ...(isNew && { [wanted]: null }), ...(before !== undefined && { [before]: query }) }
    const told = { text: 'search:saved', values: { name: wanted }, undo: () => change({ saved: back }).catch(failed) }
    change({ saved: { ...old, [wanted]: query } }).then(() => undo.push(told), failed)
    return undefined
  }

  const title = t(before === undefined ? 'save' : 'rename')
  return (
    <NameDialog
      title={title}
      label={t('name')}
      confirmLabel={title}
      closeLabel={t('cancel')}
      initial={before ?? query.slice(0, longestName)}
      onSubmit={save}
      onClose={onClose}
    />
  )
}

// Asks for the name of a new label.

import { useText } from '../../shell/i18n.ts'
import { useStore } from '../../store/index.ts'
import { NameDialog } from '../../ui/name-dialog.tsx'
import { keywordFor } from './label-keyword.ts'
import { keepLabel } from './labels.ts'

export interface LabelDialogProps {
  readonly onCreate: (keyword: string) => void
  readonly onClose: () => void
}

export default function LabelDialog({ onCreate, onClose }: LabelDialogProps) {
  const t = useText('mail')
  const { client, undo } = useStore()

  function create(name: string): string | undefined {
    const keyword = keywordFor(name)
    if (keyword === '') return t('labelNameBad')
    // The messages have it all the same; its name is then read out of the keyword.
    keepLabel(client, name).catch(() => undo.push({ text: 'mail:failed', kind: 'error' }))
    onCreate(keyword)
    return undefined
  }

  return (
    <NameDialog
      title={t('newLabel')}
      label={t('labelName')}
      confirmLabel={t('create')}
      closeLabel={t('cancel')}
      onSubmit={create}
      onClose={onClose}
    />
  )
}

// A folder, found by typing a part of its name.

import { folderPath } from '../../mail/folders/folder-looks.tsx'
import { visibleText } from '../../mail/sanitize/visible-text.ts'
import { useText } from '../../shell/i18n.ts'
import { useMailboxes } from '../../store/index.ts'
import { ComboBox } from '../../ui/combo-box.tsx'

export interface FolderFieldProps {
  readonly label: string
  readonly value: string | null
  readonly onChange: (mailboxId: string | null) => void
  readonly error?: string | undefined
  readonly isLabelHidden?: boolean
  readonly autoFocus?: boolean
}

export function FolderField({
  label,
  value,
  onChange,
  error,
  isLabelHidden = false,
  autoFocus = false,
}: FolderFieldProps) {
  const t = useText('filters')
  const mailboxes = useMailboxes()
  const options = mailboxes
    .filter(({ role, myRights }) => role !== 'drafts' && role !== 'scheduled' && myRights?.mayAddItems !== false)
    .map((mailbox) => ({ id: mailbox.id, label: visibleText(folderPath(mailbox, mailboxes, t).join(' / ')) }))
  return (
    <ComboBox
      label={label}
      isLabelHidden={isLabelHidden}
      openLabel={t('showFolders')}
      placeholder={t('folder')}
      options={options}
      value={value}
      onChange={onChange}
      error={error}
      autoFocus={autoFocus}
    />
  )
}

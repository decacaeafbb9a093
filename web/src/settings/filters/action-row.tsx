// One thing that happens to a message. Only what the mail server's Sieve has is offered.

import { X } from 'lucide-react'
import type { FilterAction } from '#shared/jmap/filters.ts'
import { useLabels } from '../../mail/actions/labels.ts'
import { visibleText } from '../../mail/sanitize/visible-text.ts'
import { useText } from '../../shell/i18n.ts'
import { useStore } from '../../store/index.ts'
import { ComboBox } from '../../ui/combo-box.tsx'
import { IconButton } from '../../ui/icon-button.tsx'
import { Select } from '../../ui/select.tsx'
import { TextField } from '../../ui/text-field.tsx'
import styles from './filters.module.css'
import { FolderField } from './folder-field.tsx'
import { hasExtension } from './has-filters.ts'
import type { Fault } from './rule-editor.tsx'

export interface ActionRowProps {
  readonly action: FilterAction
  readonly fault: Fault | null
  readonly onChange: (action: FilterAction) => void
  readonly onRemove: () => void
}

const kinds = ['move', 'copy', 'label', 'star', 'read', 'forward', 'redirect', 'discard', 'reject'] as const
type Kind = (typeof kinds)[number]

/** What Sieve needs: RFC 5228 §4.1, RFC 3894, RFC 5232, RFC 5429. */
const needs: Partial<Record<Kind, string>> = {
  move: 'fileinto',
  copy: 'copy',
  label: 'imap4flags',
  star: 'imap4flags',
  read: 'imap4flags',
  forward: 'copy',
  reject: 'reject',
}

function kindOf(action: FilterAction): Kind {
  if (action.type === 'keyword') {
    if (action.keyword === '$flagged') return 'star'
    return action.keyword === '$seen' ? 'read' : 'label'
  }
  if (action.type === 'forward') return action.keepsCopy ? 'forward' : 'redirect'
  return action.type
}

function actionOf(kind: Kind, before: FilterAction): FilterAction {
  const target =
    before.type === 'move' || before.type === 'copy'
      ? { mailboxId: before.mailboxId, mailbox: before.mailbox }
      : { mailboxId: null, mailbox: '' }
  const email = before.type === 'forward' ? before.email : ''
  switch (kind) {
    case 'move':
    case 'copy':
      return { type: kind, ...target }
    case 'label':
      return { type: 'keyword', keyword: '' }
    case 'star':
      return { type: 'keyword', keyword: '$flagged' }
    case 'read':
      return { type: 'keyword', keyword: '$seen' }
    case 'forward':
      return { type: 'forward', email, keepsCopy: true }
    case 'redirect':
      return { type: 'forward', email, keepsCopy: false }
    case 'discard':
      return { type: 'discard' }
    case 'reject':
      return { type: 'reject', reason: '' }
  }
}

export function ActionRow({ action, fault, onChange, onRemove }: ActionRowProps) {
  const t = useText('filters')
  const { client } = useStore()
  const kind = kindOf(action)
  const isOffered = (one: Kind) => {
    const need = needs[one]
    return one === kind || need === undefined || hasExtension(client, need)
  }
  return (
    <div className={styles.line}>
      <div className={`${styles.first} ${styles.wide}`}>
        <Select
          label={t('actionLabel')}
          isLabelHidden
          value={kind}
          options={kinds.filter(isOffered).map((id) => ({ id, label: t(`kinds.${id}`) }))}
          onChange={(next) => onChange(actionOf(next, action))}
        />
      </div>
      <div className={styles.value}>
        <Parameter action={action} error={fault ? t(`faults.${fault}`) : undefined} onChange={onChange} />
      </div>
      <span className={styles.remove}>
        <IconButton size="small" label={t('removeAction')} icon={<X size={16} aria-hidden />} onPress={onRemove} />
      </span>
    </div>
  )
}

interface ParameterProps {
  readonly action: FilterAction
  readonly error: string | undefined
  readonly onChange: (action: FilterAction) => void
}

function Parameter({ action, error, onChange }: ParameterProps) {
  const t = useText('filters')
  const labels = useLabels()
  switch (action.type) {
    case 'move':
    case 'copy':
      return (
        <FolderField
          label={t('folder')}
          isLabelHidden
          value={action.mailboxId}
          error={error}
          onChange={(mailboxId) => onChange({ ...action, mailboxId })}
        />
      )
    case 'keyword':
      if (kindOf(action) !== 'label') return null
      return (
        <ComboBox
          label={t('label')}
          isLabelHidden
          openLabel={t('showLabels')}
          placeholder={t('label')}
          options={labels.map(({ keyword, name }) => ({ id: keyword, label: visibleText(name) }))}
          value={action.keyword === '' ? null : action.keyword}
          onChange={(keyword) => onChange({ ...action, keyword: keyword ?? '' })}
          error={error}
        />
      )
    case 'forward':
      return (
        <TextField
          label={t('address')}
          isLabelHidden
          type="email"
          placeholder={t('address')}
          value={action.email}
          onChange={(email) => onChange({ ...action, email: email.trim() })}
          error={error}
        />
      )
    case 'reject':
      return (
        <TextField
          label={t('reason')}
          isLabelHidden
          placeholder={t('reason')}
          value={action.reason}
          onChange={(reason) => onChange({ ...action, reason })}
          error={error}
        />
      )
    case 'discard':
      return <p className={styles.caution}>{t('discardText')}</p>
  }
}

// One condition: what of a message, how, and which value. Only what the mail server's Sieve has is offered.

import { X } from 'lucide-react'
import { useState } from 'react'
import type { FilterCondition, TextCondition } from '#shared/jmap/filters.ts'
import { useText } from '../../shell/i18n.ts'
import { useStore } from '../../store/index.ts'
import { IconButton } from '../../ui/icon-button.tsx'
import { Select } from '../../ui/select.tsx'
import { TextField } from '../../ui/text-field.tsx'
import styles from './filters.module.css'
import { hasExtension } from './has-filters.ts'
import { megabyte } from './in-words.ts'
import type { Fault } from './rule-editor.tsx'

export interface ConditionRowProps {
  readonly condition: FilterCondition
  readonly fault: Fault | null
  readonly onChange: (condition: FilterCondition) => void
  readonly onRemove: (() => void) | undefined
}

const headerExample = 'X-Spam-Flag'
const fields = ['from', 'to', 'subject', 'listId', 'header', 'body', 'size', 'attachment'] as const
/** What Sieve needs beyond its core: RFC 5173, RFC 5703. */
const needs: Partial<Record<(typeof fields)[number], string>> = { body: 'body', attachment: 'mime' }

function opsOf(field: FilterCondition['field']): readonly FilterCondition['op'][] {
  if (field === 'size') return ['over', 'under']
  if (field === 'attachment') return ['has', 'hasNot']
  return field === 'body' ? ['contains', 'containsNot'] : ['contains', 'containsNot', 'is', 'isNot']
}

export function ConditionRow({ condition, fault, onChange, onRemove }: ConditionRowProps) {
  const t = useText('filters')
  const { client } = useStore()
  const { field } = condition
  const isOffered = (one: (typeof fields)[number]) => {
    const need = needs[one]
    return one === field || need === undefined || hasExtension(client, need)
  }
  const faultOf = (part: Fault) => (fault === part ? t(`faults.${part}`) : undefined)

  function changeField(next: FilterCondition['field']): void {
    if (next === 'size') onChange({ field: next, op: 'over', size: 5 * megabyte })
    else if (next === 'attachment') onChange({ field: next, op: 'has' })
    else {
      const value = 'value' in condition ? condition.value : ''
      const op = opsOf(next).includes(condition.op) ? (condition.op as TextCondition['op']) : 'contains'
      onChange({ field: next, op, value, header: next === 'header' ? '' : null })
    }
  }

  return (
    <div className={styles.line}>
      <div className={styles.first}>
        <Select
          label={t('fieldLabel')}
          isLabelHidden
          value={field}
          options={fields.filter(isOffered).map((id) => ({ id, label: t(`fields.${id}`) }))}
          onChange={changeField}
        />
      </div>
      {condition.field === 'header' ? (
        <TextField
          label={t('headerLabel')}
          isLabelHidden
          placeholder={headerExample}
          value={condition.header ?? ''}
          onChange={(header) => onChange({ ...condition, header })}
          error={faultOf('header')}
        />
      ) : null}
      <Select
        label={t('opLabel')}
        isLabelHidden
        value={condition.op}
        options={opsOf(field).map((id) => ({ id, label: t(`ops.${id}`) }))}
        onChange={(op) => onChange({ ...condition, op } as FilterCondition)}
      />
      {condition.field === 'size' ? (
        <SizeField size={condition.size} onChange={(size) => onChange({ ...condition, size })} />
      ) : condition.field === 'attachment' ? null : (
        <div className={styles.value}>
          <TextField
            label={t('valueLabel')}
            isLabelHidden
            value={condition.value}
            onChange={(value) => onChange({ ...condition, value })}
            error={faultOf('value')}
          />
        </div>
      )}
      {onRemove ? (
        <span className={styles.remove}>
          <IconButton size="small" label={t('removeCondition')} icon={<X size={16} aria-hidden />} onPress={onRemove} />
        </span>
      ) : null}
    </div>
  )
}

/** Keeps what is typed («0.», «») while it is no number yet. */
function SizeField({ size, onChange }: { readonly size: number; readonly onChange: (size: number) => void }) {
  const t = useText('filters')
  const [typed, setTyped] = useState(String(size / megabyte))
  const isFit = (text: string) => Number(text) > 0 && Number(text) * megabyte < 2 ** 31
  return (
    <div className={styles.value}>
      <TextField
        label={t('sizeLabel')}
        isLabelHidden
        type="text"
        value={typed}
        placeholder={t('sizeLabel')}
        description={isFit(typed) ? t('megabytes') : undefined}
        error={isFit(typed) ? undefined : t('faults.size')}
        onChange={(text) => {
          setTyped(text)
          if (isFit(text)) onChange(Math.round(Number(text) * megabyte))
        }}
      />
    </div>
  )
}

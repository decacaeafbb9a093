// One rule: for which messages, and what happens to them.

import { Plus } from 'lucide-react'
import { useState } from 'react'
import type { FilterAction, FilterCondition, FilterRule } from '#shared/jmap/filters.ts'
import { isAddress } from '../../compose/parse-addresses.ts'
import { useText } from '../../shell/i18n.ts'
import { Button } from '../../ui/button.tsx'
import { Select } from '../../ui/select.tsx'
import { Switch } from '../../ui/switch.tsx'
import { TextField } from '../../ui/text-field.tsx'
import settings from '../settings.module.css'
import { ActionRow } from './action-row.tsx'
import { ConditionRow } from './condition-row.tsx'
import styles from './filters.module.css'

export interface RuleEditorProps {
  readonly rule: FilterRule
  readonly onSave: (rule: FilterRule) => Promise<void>
  readonly onCancel: () => void
}

/** Rows keep their fields, and the focus in them, when one above goes. */
interface Keyed<T> {
  readonly key: number
  readonly value: T
}
let lastKey = 0
const keyed = <T,>(value: T): Keyed<T> => ({ key: ++lastKey, value })

export function RuleEditor({ rule, onSave, onCancel }: RuleEditorProps) {
  const t = useText('filters')
  const [name, setName] = useState(rule.name)
  const [match, setMatch] = useState<'all' | 'any' | 'every'>(rule.conditions.length === 0 ? 'every' : rule.match)
  const [conditions, setConditions] = useState(() => rule.conditions.map(keyed))
  const [actions, setActions] = useState(() => rule.actions.map(keyed))
  const [stops, setStops] = useState(rule.stops)
  const [isTried, setTried] = useState(false)
  const [isSaving, setSaving] = useState(false)
  const isRefusal = actions.some(({ value }) => value.type === 'reject')
  const isTwofold = isRefusal && actions.length > 1
  const shown = match === 'every' ? [] : conditions
  const isComplete =
    (match === 'every' || conditions.length > 0) &&
    shown.every(({ value }) => conditionFault(value) === null) &&
    actions.every(({ value }) => actionFault(value) === null) &&
    (actions.length > 0 || stops) &&
    !isTwofold

  async function submit(): Promise<void> {
    setTried(true)
    if (!isComplete || isSaving) return
    setSaving(true)
    try {
      await onSave({
        ...rule,
        name: name.trim(),
        match: match === 'any' ? 'any' : 'all',
        conditions: shown.map(({ value }) => trimmed(value)),
        actions: actions.map(({ value }) => value),
        stops,
      })
    } finally {
      setSaving(false)
    }
  }

  return (
    <form
      className={settings.group}
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        void submit()
      }}
    >
      <TextField label={t('name')} value={name} onChange={setName} placeholder={t('namePlaceholder')} autoFocus />
      <fieldset className={styles.part}>
        <legend>{t('ifTitle')}</legend>
        <Select
          label={t('matchLabel')}
          isLabelHidden
          value={match}
          options={(['all', 'any', 'every'] as const).map((id) => ({ id, label: t(`match.${id}`) }))}
          onChange={(next) => {
            setMatch(next)
            if (next !== 'every' && conditions.length === 0) setConditions([keyed(emptyCondition)])
          }}
        />
        {shown.map(({ key, value }) => (
          <ConditionRow
            key={key}
            condition={value}
            fault={isTried ? conditionFault(value) : null}
            onChange={(next) =>
              setConditions((all) => all.map((one) => (one.key === key ? { key, value: next } : one)))
            }
            onRemove={
              conditions.length > 1 ? () => setConditions((all) => all.filter((one) => one.key !== key)) : undefined
            }
          />
        ))}
        {match === 'every' ? null : (
          <div className={settings.buttons}>
            <Button
              size="small"
              tone="quiet"
              icon={<Plus size={16} aria-hidden />}
              onPress={() => setConditions((all) => [...all, keyed(emptyCondition)])}
            >
              {t('addCondition')}
            </Button>
          </div>
        )}
      </fieldset>
      <fieldset className={styles.part}>
        <legend>{t('thenTitle')}</legend>
        {actions.map(({ key, value }) => (
          <ActionRow
            key={key}
            action={value}
            fault={isTried ? actionFault(value) : null}
            onChange={(next) => setActions((all) => all.map((one) => (one.key === key ? { key, value: next } : one)))}
            onRemove={() => setActions((all) => all.filter((one) => one.key !== key))}
          />
        ))}
        <div className={settings.buttons}>
          <Button
            size="small"
            tone="quiet"
            icon={<Plus size={16} aria-hidden />}
            onPress={() => setActions((all) => [...all, keyed(emptyAction)])}
          >
            {t('addAction')}
          </Button>
        </div>
        {isRefusal ? <p className={settings.hint}>{t('rejectText')}</p> : null}
        <Switch isSelected={stops} onChange={setStops} description={t('stopText')}>
          {t('stop')}
        </Switch>
      </fieldset>
      {isTried && !isComplete ? (
        <p className={settings.error} role="alert">
          {t(isTwofold ? 'rejectAlone' : 'incomplete')}
        </p>
      ) : null}
      <div className={settings.buttons}>
        <Button type="submit" tone="primary" isPending={isSaving}>
          {t('save')}
        </Button>
        <Button onPress={onCancel}>{t('cancel')}</Button>
      </div>
    </form>
  )
}

const emptyCondition: FilterCondition = { field: 'from', op: 'contains', value: '', header: null }
const emptyAction: FilterAction = { type: 'move', mailboxId: null, mailbox: '' }

export type Fault = 'value' | 'header' | 'folder' | 'address' | 'label'

function conditionFault(condition: FilterCondition): Fault | null {
  if (condition.field === 'attachment' || condition.field === 'size') return null
  if (condition.field === 'header' && !/^[!-9;-~]{1,76}$/.test(condition.header?.trim() ?? '')) return 'header'
  return condition.value.trim() === '' ? 'value' : null
}

function actionFault(action: FilterAction): Fault | null {
  switch (action.type) {
    case 'move':
    case 'copy':
      return action.mailboxId === null ? 'folder' : null
    case 'keyword':
      return action.keyword === '' ? 'label' : null
    case 'forward':
      return isAddress(action.email) ? null : 'address'
    case 'reject':
      return action.reason.trim() === '' ? 'value' : null
    case 'discard':
      return null
  }
}

function trimmed(condition: FilterCondition): FilterCondition {
  if (condition.field === 'attachment' || condition.field === 'size') return condition
  return { ...condition, value: condition.value.trim(), header: condition.header?.trim() ?? null }
}

// Settings › Filters: the rules in their order, and the editor in their place while one is edited.

import { useEffect, useRef, useState } from 'react'
import type { FilterRule } from '#shared/jmap/filters.ts'
import { visibleText } from '../../mail/sanitize/visible-text.ts'
import { useText } from '../../shell/i18n.ts'
import { useFilterLike } from '../../shell/place.ts'
import { useStore } from '../../store/index.ts'
import { Button } from '../../ui/button.tsx'
import settings from '../settings.module.css'
import { type LoadedRules, NeedsFilters } from './needs-filters.tsx'
import { RuleEditor } from './rule-editor.tsx'
import { newRule, ruleLike } from './rule-like.ts'
import { RuleList } from './rule-list.tsx'
import { RunDialog } from './run-dialog.tsx'

export default function FiltersSection() {
  return <NeedsFilters>{(loaded) => <Filters {...loaded} />}</NeedsFilters>
}

function Filters({ rules: { rules, include, isActive }, change, changeWithUndo, reset }: LoadedRules) {
  const t = useText('filters')
  const { client, undo } = useStore()
  const { like, leaveLike } = useFilterLike()
  const [edited, setEdited] = useState<FilterRule | null>(null)
  const [run, setRun] = useState<FilterRule | null>(null)
  const newButton = useRef<HTMLButtonElement>(null)

  useEffect(() => {
    if (like === undefined) return
    let isMounted = true
    ruleLike(client, like).then(
      (rule) => isMounted && setEdited(rule ?? newRule()),
      () => isMounted && undo.push({ text: 'mail:failed', kind: 'error' }),
    )
    return () => {
      isMounted = false
    }
  }, [like, client, undo])

  const close = () => {
    setEdited(null)
    if (like !== undefined) leaveLike()
    // The form is gone, and with it the focus.
    requestAnimationFrame(() => newButton.current?.focus())
  }

  if (edited) {
    return (
      <RuleEditor
        rule={edited}
        onCancel={close}
        onSave={async (rule) => {
          const isSaved = await change(({ rules: now }) => ({
            rules: now.some(({ id }) => id === rule.id)
              ? now.map((one) => (one.id === rule.id ? rule : one))
              : [...now, rule],
          }))
          if (isSaved) close()
        }}
      />
    )
  }
  const replace = (rule: FilterRule) =>
    change(({ rules: now }) => ({ rules: now.map((one) => (one.id === rule.id ? rule : one)) }))
  return (
    <section className={settings.group}>
      <p className={settings.hint}>{t('intro')}</p>
      {rules.length > 0 ? (
        <RuleList
          rules={rules}
          onOrder={(order) =>
            void change(({ rules: now }) => ({
              rules: [...now].sort((a, b) => placeIn(order, a.id) - placeIn(order, b.id)),
            }))
          }
          onToggle={(rule, isEnabled) => void replace({ ...rule, isEnabled })}
          onEdit={(rule) => {
            reset()
            setEdited(rule)
          }}
          onRun={setRun}
          onDelete={(rule) => {
            const at = rules.findIndex(({ id }) => id === rule.id)
            void changeWithUndo(
              ({ rules: now }) => ({ rules: now.filter(({ id }) => id !== rule.id) }),
              { text: 'filters:deleted', values: { name: visibleText(rule.name) } },
              ({ rules: now }) => ({
                rules: now.some(({ id }) => id === rule.id) ? now : now.toSpliced(at, 0, rule),
              }),
            )
          }}
        />
      ) : null}
      <div className={settings.buttons}>
        <Button
          ref={newButton}
          onPress={() => {
            reset()
            setEdited(newRule())
          }}
        >
          {t('newRule')}
        </Button>
      </div>
      {isActive && include !== null ? (
        <p className={settings.hint}>{t('ownScript', { name: visibleText(include) })}</p>
      ) : null}
      {run ? <RunDialog rule={run} onClose={() => setRun(null)} /> : null}
    </section>
  )
}

/** One that came meanwhile goes to the end. */
function placeIn(order: readonly string[], id: string): number {
  const at = order.indexOf(id)
  return at < 0 ? order.length : at
}

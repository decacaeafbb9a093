// The rules as a list whose order is changed by dragging a handle, with pointer, touch or keys.

import { GripVertical, Pencil, Play, Trash2, TriangleAlert } from 'lucide-react'
import { Button as AriaButton } from 'react-aria-components/Button'
import { GridList, GridListItem } from 'react-aria-components/GridList'
import { useDragAndDrop } from 'react-aria-components/useDragAndDrop'
import type { FilterRule } from '#shared/jmap/filters.ts'
import { visibleText } from '../../mail/sanitize/visible-text.ts'
import { useText } from '../../shell/i18n.ts'
import { useMailboxes } from '../../store/index.ts'
import { IconButton } from '../../ui/icon-button.tsx'
import { Switch } from '../../ui/switch.tsx'
import styles from './filters.module.css'
import { actionsInWords, conditionsInWords, missingFolders } from './in-words.ts'

export interface RuleListProps {
  readonly rules: readonly FilterRule[]
  /** Ids in their new order. */
  readonly onOrder: (order: readonly string[]) => void
  readonly onToggle: (rule: FilterRule, isEnabled: boolean) => void
  readonly onEdit: (rule: FilterRule) => void
  readonly onRun: (rule: FilterRule) => void
  readonly onDelete: (rule: FilterRule) => void
}

export function RuleList({ rules, onOrder, onToggle, onEdit, onRun, onDelete }: RuleListProps) {
  const t = useText('filters')
  const mailboxes = useMailboxes()
  const nameOf = (rule: FilterRule) => visibleText(rule.name) || conditionsInWords(rule, t)
  const { dragAndDropHooks } = useDragAndDrop({
    getItems: (keys) => [...keys].map((key) => ({ 'text/plain': String(key) })),
    onReorder({ keys, target }) {
      const moved = rules.map(({ id }) => id).filter((id) => keys.has(id))
      const rest = rules.map(({ id }) => id).filter((id) => !keys.has(id))
      const at = rest.indexOf(String(target.key)) + (target.dropPosition === 'after' ? 1 : 0)
      onOrder(rest.toSpliced(at, 0, ...moved))
    },
  })
  return (
    <GridList
      className={styles.list}
      aria-label={t('rules')}
      items={[...rules]}
      dependencies={[mailboxes, t]}
      dragAndDropHooks={dragAndDropHooks}
      keyboardNavigationBehavior="tab"
    >
      {(rule) => {
        const missing = missingFolders(rule)
        return (
          <GridListItem id={rule.id} textValue={nameOf(rule)} className={styles.rule} onAction={() => onEdit(rule)}>
            <AriaButton slot="drag" className={styles.handle} aria-label={t('reorder', { name: nameOf(rule) })}>
              <GripVertical size={16} aria-hidden />
            </AriaButton>
            <Switch isSelected={rule.isEnabled} onChange={(isEnabled) => onToggle(rule, isEnabled)}>
              <span className="visually-hidden">{t('isOn', { name: nameOf(rule) })}</span>
            </Switch>
            <div className={`${styles.words} ${rule.isEnabled ? '' : styles.off}`}>
              <strong>{nameOf(rule)}</strong>
              {rule.name ? <span className={styles.said}>{conditionsInWords(rule, t)}</span> : null}
              <span className={styles.said}>{actionsInWords(rule, t, mailboxes)}</span>
              {missing.length > 0 ? (
                <span className={styles.warning}>
                  <TriangleAlert size={14} aria-hidden />
                  {t('folderGone', { folder: visibleText(missing.join(', ')) })}
                </span>
              ) : null}
            </div>
            <div className={styles.tools}>
              <IconButton
                size="small"
                label={t('runNow')}
                icon={<Play size={16} aria-hidden />}
                onPress={() => onRun(rule)}
              />
              <IconButton
                size="small"
                label={t('edit')}
                icon={<Pencil size={16} aria-hidden />}
                onPress={() => onEdit(rule)}
              />
              <IconButton
                size="small"
                label={t('delete')}
                icon={<Trash2 size={16} aria-hidden />}
                onPress={() => onDelete(rule)}
              />
            </div>
          </GridListItem>
        )
      }}
    </GridList>
  )
}

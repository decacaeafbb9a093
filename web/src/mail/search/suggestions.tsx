// The list under the search box. The box keeps the focus and points here (aria-activedescendant); what there is to choose it learns by `onList`.

import { Clock, Folder, ListFilter, type LucideIcon, Tag, Trash2, User } from 'lucide-react'
import { useEffect, useMemo, useState } from 'react'
import { type Known, knownPeople, suggest } from '../../compose/suggest-recipients.ts'
import { useSetting } from '../../settings/account-settings.ts'
import { useText } from '../../shell/i18n.ts'
import type { SuggestionsProps } from '../../shell/screens.ts'
import { useMailboxes, useStore } from '../../store/index.ts'
import { useLabels } from '../actions/labels.ts'
import { folderName, folderPath } from '../folders/folder-looks.tsx'
import { searchName } from '../mail-view.ts'
import { pastSearches } from './past-searches.ts'
import { type Suggestion, suggestSearch } from './suggest-search.ts'
import styles from './suggestions.module.css'

const icons: Record<Suggestion['kind'], LucideIcon> = {
  recent: Clock,
  person: User,
  folder: Folder,
  label: Tag,
  operator: ListFilter,
  forget: Trash2,
}
const operators = [
  ...(['from', 'to', 'cc', 'subject', 'body', 'has', 'is', 'in', 'label'] as const),
  ...(['before', 'after', 'larger', 'smaller', 'filename'] as const),
]

export default function Suggestions({ id, typed, current, onList, onChoose }: SuggestionsProps) {
  const t = useText('search')
  const store = useStore()
  const mailboxes = useMailboxes()
  const labels = useLabels()
  const [{ recent }] = useSetting('searches')
  const [people, setPeople] = useState<readonly Known[]>([])

  useEffect(() => {
    // Without them the rest is offered; the composer says what is the matter.
    knownPeople(store).then(setPeople, (error) => console.warn('people', error))
  }, [store])

  const list = useMemo(
    () =>
      suggestSearch(typed, {
        recent: pastSearches(recent),
        peopleFor: (words) => (words === '' ? people : suggest(people, words, new Set(), 8)),
        folders: mailboxes.map((mailbox) => ({
          name: folderName(mailbox, t),
          path: folderPath(mailbox, mailboxes, t).join(' › '),
          key: searchName(mailbox),
        })),
        labels,
        operators: operators.map((name) => ({ name, meaning: t(`operators.${name}`) })),
        forgetLabel: t('forget'),
      }),
    [typed, recent, people, mailboxes, labels, t],
  )
  // Told when it is another list, not whenever it is made anew: who is told draws this again.
  const key = JSON.stringify(list)
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above
  useEffect(() => onList(list), [key, onList])

  if (list.length === 0) return null
  return (
    <div className={styles.popup}>
      <div id={id} role="listbox" aria-label={t('suggestions')} className={styles.list}>
        {list.map((suggestion, at) => {
          const Icon = icons[suggestion.kind]
          return (
            // biome-ignore lint/a11y/useFocusableInteractive: the field keeps the focus and names it in aria-activedescendant
            // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are those of the field
            <div
              key={suggestion.id}
              id={`${id}-${at}`}
              role="option"
              aria-selected={at === current}
              className={styles.option}
              // The field keeps the focus.
              onMouseDown={(event) => event.preventDefault()}
              onClick={() => onChoose(suggestion)}
            >
              <Icon size={16} aria-hidden />
              <span className={styles.label} dir="auto">
                {suggestion.label}
              </span>
              {suggestion.detail === undefined ? null : (
                <span className={styles.detail} dir="auto">
                  {suggestion.detail}
                </span>
              )}
            </div>
          )
        })}
      </div>
      <p className="visually-hidden" role="status">
        {t('offered', { count: list.length })}
      </p>
    </div>
  )
}

// A rule as a sentence.

import type { FilterAction, FilterCondition, FilterRule } from '#shared/jmap/filters.ts'
import type { Mailbox } from '#shared/jmap/mail.ts'
import { labelOf } from '../../mail/actions/labels.ts'
import { folderPath } from '../../mail/folders/folder-looks.tsx'
import { visibleAddress, visibleText } from '../../mail/sanitize/visible-text.ts'
import { currentLocale, type Text } from '../../shell/i18n.ts'

/** Sizes are typed and told in these. */
export const megabyte = 1_000_000

export function conditionsInWords({ match, conditions }: FilterRule, t: Text): string {
  if (conditions.length === 0) return t('everyMessage')
  const list = new Intl.ListFormat(currentLocale(), { type: match === 'all' ? 'conjunction' : 'disjunction' })
  return list.format(conditions.map((condition) => conditionInWords(condition, t)))
}

function conditionInWords(condition: FilterCondition, t: Text): string {
  if (condition.field === 'size') return t(`says.${condition.op}`, { value: sizeInWords(condition.size) })
  if (condition.field === 'attachment') return t(`says.${condition.op}`)
  const { field, op, header } = condition
  return t(`says.${op}`, { field: header ?? t(`fields.${field}`), value: visibleText(condition.value) })
}

export function actionsInWords({ actions, stops }: FilterRule, t: Text, mailboxes: readonly Mailbox[]): string {
  const said = actions.map((action) => actionInWords(action, t, mailboxes))
  if (stops) said.push(t('does.stop'))
  return new Intl.ListFormat(currentLocale(), { type: 'unit', style: 'short' }).format(said)
}

function actionInWords(action: FilterAction, t: Text, mailboxes: readonly Mailbox[]): string {
  switch (action.type) {
    case 'move':
    case 'copy': {
      const mailbox = mailboxes.find(({ id }) => id === action.mailboxId)
      return t(`does.${action.type}`, {
        folder: mailbox ? visibleText(folderPath(mailbox, mailboxes, t).join(' / ')) : visibleText(action.mailbox),
      })
    }
    case 'keyword':
      if (action.keyword === '$flagged') return t('does.star')
      if (action.keyword === '$seen') return t('does.read')
      return t('does.label', { label: visibleText(labelOf(action.keyword).name) })
    case 'forward':
      return t(action.keepsCopy ? 'does.forward' : 'does.redirect', { address: visibleAddress(action.email) })
    case 'discard':
      return t('does.discard')
    case 'reject':
      return t('does.reject')
  }
}

/** Names of folders that are gone, which the rule is therefore passed over for. */
export function missingFolders({ actions }: FilterRule): readonly string[] {
  return actions.flatMap((action) =>
    (action.type === 'move' || action.type === 'copy') && action.mailboxId === null ? [action.mailbox] : [],
  )
}

function sizeInWords(size: number): string {
  return new Intl.NumberFormat(currentLocale(), {
    style: 'unit',
    unit: 'megabyte',
    maximumFractionDigits: 3,
  }).format(size / megabyte)
}

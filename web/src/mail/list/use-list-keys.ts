// The keys of list and conversation, Gmail's letters.

import { compose } from '../../shell/composer.ts'
import { useText } from '../../shell/i18n.ts'
import { useShortcuts } from '../../shell/shortcuts.ts'
import type { Row } from '../../store/index.ts'
import { type CommandName, type Commands, isRowFlagged, type Target } from '../actions/commands.ts'

/** A part of a row's menu that has a key of its own. */
export type MenuKind = 'move' | 'label'

export interface ListKeyDeps {
  readonly isReading: boolean
  readonly target: () => Target
  readonly rowOf: (id: string) => Row | undefined
  readonly commands: Commands
  readonly move: (by: 1 | -1) => void
  readonly open: () => void
  readonly close: () => void
  readonly toggle: () => void
  readonly selectShown: () => void
  readonly selectNone: () => void
  readonly hasSelection: boolean
  /** False when there is nothing to move. */
  readonly openMenu: (kind: MenuKind) => boolean
  readonly askSnooze: (target: Target) => void
}

export function useListKeys(deps: ListKeyDeps): void {
  const t = useText('mail')
  const list = t('keys.list')
  const mail = t('keys.mail')
  const rows = (): Row[] => {
    const target = deps.target()
    return target === 'all' ? [] : target.flatMap((id) => deps.rowOf(id) ?? [])
  }
  const run = (name: CommandName) => () => {
    const target = deps.target()
    if (target === 'all' || target.length > 0) deps.commands.run(name, target)
  }
  const answer = (kind: 'reply' | 'replyAll' | 'forward') => () => {
    const [row] = rows()
    if (row) compose({ kind, emailId: row.latest.id })
  }

  useShortcuts([
    { id: 'next', keys: ['j'], label: t('keys.next'), group: list, run: () => deps.move(1) },
    { id: 'previous', keys: ['k'], label: t('keys.previous'), group: list, run: () => deps.move(-1) },
    {
      id: 'open',
      keys: ['o', 'Enter'],
      label: t('keys.open'),
      group: list,
      run: (event) => (isOnControl(event) ? false : deps.open()),
    },
    {
      id: 'close',
      keys: ['u', 'Escape'],
      label: t('keys.close'),
      group: list,
      run: (event) => {
        if (event.key === 'Escape' && deps.hasSelection) return deps.selectNone()
        return deps.isReading ? deps.close() : false
      },
    },
    { id: 'toggle', keys: ['x'], label: t('keys.toggle'), group: list, run: deps.toggle },
    { id: 'select-shown', keys: ['* a', 'Mod+a'], label: t('selectShown'), group: list, run: deps.selectShown },
    { id: 'select-none', keys: ['* n'], label: t('selectNone'), group: list, run: deps.selectNone },
    { id: 'archive', keys: ['e'], label: t('archive'), group: mail, run: run('archive') },
    { id: 'trash', keys: ['#', 'Delete'], label: t('trash'), group: mail, run: run('trash') },
    { id: 'junk', keys: ['!'], label: t('junk'), group: mail, run: run('junk') },
    {
      id: 'snooze',
      keys: ['b'],
      label: t('snooze'),
      group: mail,
      run: () => {
        const target = deps.target()
        if (target === 'all' || target.length > 0) deps.askSnooze(target)
      },
    },
    {
      id: 'star',
      keys: ['s'],
      label: t('keys.star'),
      group: mail,
      run: () => run(rows().every(isRowFlagged) ? 'unflag' : 'flag')(),
    },
    { id: 'read', keys: ['Shift+I'], label: t('markRead'), group: mail, run: run('read') },
    { id: 'unread', keys: ['Shift+U'], label: t('markUnread'), group: mail, run: run('unread') },
    { id: 'move', keys: ['v'], label: t('moveTo'), group: mail, run: () => deps.openMenu('move') },
    { id: 'label', keys: ['l'], label: t('labelAs'), group: mail, run: () => deps.openMenu('label') },
    { id: 'reply', keys: ['r'], label: t('reply'), group: mail, run: answer('reply') },
    { id: 'replyAll', keys: ['a'], label: t('replyAll'), group: mail, run: answer('replyAll') },
    { id: 'forward', keys: ['f'], label: t('forward'), group: mail, run: answer('forward') },
  ])
}

/** Enter belongs to a link or button that has the focus. */
function isOnControl(event: KeyboardEvent): boolean {
  return (
    event.key === 'Enter' &&
    event.target instanceof Element &&
    event.target.closest('a,button,[role="button"],summary') !== null
  )
}

// The entries of plugins in the menus of messages and rows.

import { Puzzle } from 'lucide-react'
import type { MailStore } from '../store/index.ts'
import type { MenuEntry } from '../ui/menu.tsx'
import { inWords, partsAt } from './places.ts'

/** `withIds`: which messages are meant, read when one is chosen. */
export function actionEntries(store: MailStore, withIds: (act: (ids: readonly string[]) => void) => void): MenuEntry[] {
  return partsAt(store.client, 'messageAction').map((part) => ({
    id: `plugin ${part.name}`,
    label: inWords(part.declared.label),
    icon: <Puzzle size={16} aria-hidden />,
    onAction: () =>
      withIds((ids) => {
        import('./run-action.ts').then(
          ({ runAction }) => runAction(store, part, ids),
          () => store.undo.push({ text: 'mail:failed', kind: 'error' }),
        )
      }),
  }))
}

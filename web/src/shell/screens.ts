// The screens that load when they are first needed. A screen is a folder with `index.tsx` (default export) and its words;
// adding one is a line here and, if it has an address, a route in `router.tsx`.

import { type ComponentType, lazy } from 'react'
import type { Suggestion } from '../mail/search/suggest-search.ts'
import { loadStrings } from './i18n.ts'
import { patiently } from './patiently.ts'

/** The screen's code and its words, fetched side by side. */
export function screen<Props>(namespaces: readonly string[], load: () => Promise<{ default: ComponentType<Props> }>) {
  return lazy(async () => {
    const [module] = await patiently(() => Promise.all([load(), loadStrings(...namespaces)]))
    return module
  })
}

export interface ReadingPaneProps {
  /** A conversation, all of it; or one message of it when the list is flat. */
  readonly threadId: string
  readonly emailId?: string
  /** The folder it was opened from: where «archive» takes it out of. */
  readonly mailboxId: string | undefined
  /** Leaves the message: back to the list (phone), or nothing open (wide). */
  readonly onClose: () => void
  /** The next older or newer row. */
  readonly onStep: (step: 1 | -1) => void
}

export const ReadingPane = screen<ReadingPaneProps>(['read'], () => import('../mail/read/index.tsx'))
export const ComposeDock = screen<Record<string, never>>(['compose'], () => import('../compose/index.tsx'))
export interface SettingsProps {
  readonly section: string | undefined
}
export const Settings = screen<SettingsProps>(['settings'], () => import('../settings/index.tsx'))
/** With the words of what it leads to. */
export const Palette = screen<{ readonly onClose: () => void }>(
  ['palette', 'settings'],
  () => import('../palette/index.tsx'),
)

/** The outbox is asked once the inbox stands; nobody waits for what it says. */
const afterInboxMs = 1_500
function afterInbox<Props>(namespace: string, load: () => Promise<{ default: ComponentType<Props> }>) {
  return lazy(async () => {
    await new Promise((resolve) => setTimeout(resolve, afterInboxMs))
    const [module] = await patiently(() => Promise.all([load(), loadStrings(namespace)]))
    return module
  })
}
export const OutboxNotice = afterInbox('outbox', () => import('../compose/outbox/outbox-notice.tsx'))
export const ScheduledEntry = afterInbox('outbox', () => import('../compose/outbox/scheduled-entry.tsx'))
export const PluginNotice = afterInbox('plugins', () => import('../plugins/plugin-notice.tsx'))
export const AlertNotice = afterInbox('alerts', () => import('../mail/alerts/alert-notice.tsx'))
export const TaskList = afterInbox('folders', () => import('./task-list.tsx'))
export const QuotaBar = afterInbox('folders', () => import('../mail/folders/quota-bar.tsx'))
export interface SnoozedUntilProps {
  readonly emailId: string
  readonly receivedAt: string
}
export const SnoozedUntil = screen<SnoozedUntilProps>(['snooze'], () => import('../mail/snooze/snoozed-until.tsx'))
export interface SnoozeDialogProps {
  /** They sleep already: they may also come back now. */
  readonly isAsleep: boolean
  readonly onChoose: (until: Date) => void
  readonly onWake: () => void
  readonly onClose: () => void
}
export const SnoozeDialog = screen<SnoozeDialogProps>(['snooze'], () => import('../mail/snooze/snooze-dialog.tsx'))
export const SnoozeSync = afterInbox('snooze', () => import('../mail/snooze/snooze-sync.tsx'))
export interface SuggestionsProps {
  /** Of the listbox; those of its options have a number behind it. */
  readonly id: string
  readonly typed: string
  /** Which option the keys have come to; -1: none. */
  readonly current: number
  readonly onList: (list: readonly Suggestion[]) => void
  readonly onChoose: (suggestion: Suggestion) => void
}
export const Suggestions = screen<SuggestionsProps>(['search'], () => import('../mail/search/suggestions.tsx'))
export interface SavedSearchesProps {
  readonly onOpen: () => void
}
export const SavedSearches = afterInbox<SavedSearchesProps>('search', () => import('../mail/search/saved-searches.tsx'))
export interface SaveSearchProps {
  readonly query: string
  /** It has this name already, which is to become another. */
  readonly name?: string
  readonly onClose: () => void
}
export const SaveSearch = screen<SaveSearchProps>(['search'], () => import('../mail/search/save-search.tsx'))
export interface AttachmentNamesProps {
  readonly emailId: string
}
export const AttachmentNames = afterInbox<AttachmentNamesProps>(
  'read',
  () => import('../mail/list/attachment-names.tsx'),
)

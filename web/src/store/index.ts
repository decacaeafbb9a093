// The door of the store: records of mail as the server has them plus what the user did a moment ago, live lists, actions
// with undo. No screen talks to the wire except through here; nothing here knows a screen.
//
// Writing: `store.actions.move(ids, to)` changes what is shown at once, sends one Email/set for all that was done in a
// tick, rolls back what the server refuses, and puts a Notice with its undo on `store.undo`.
// A screen with a call of its own uses `store.client.call('Identity/get', { accountId: store.accountId })`, and
// `store.refresh()` after a change it made so.

export {
  StoreProvider,
  useConnection,
  useEmail,
  useMailbox,
  useMailboxByRole,
  useMailboxes,
  useQuery,
  useRow,
  useStore,
  useThread,
  useThreadEmails,
} from './hooks.ts'
export { openStore } from './mail-store.ts'
export type {
  ConnectionState,
  EmailHead,
  LiveQuery,
  MailActions,
  MailStore,
  Notice,
  QuerySpec,
  QueryStatus,
  Row,
  UndoStack,
} from './types.ts'

// What untagged responses say of the selected mailbox, kept; and what of it the listeners hear.

import { countSet } from '#formats/imap/number-set.ts'
import type { Untagged } from '#formats/imap/parse-response.ts'
import type { ConnectionEvent, ConnectionState } from './types.ts'

/** A response that no command claimed. */
export function applyUntagged(
  { selected, features }: ConnectionState,
  response: Untagged,
  emit: (event: ConnectionEvent) => void,
): void {
  switch (response.kind) {
    case 'condition':
      applyCondition(selected, features.condstore, response, emit)
      return
    case 'status':
    case 'list':
      emit({ kind: response.kind, row: response.row } as ConnectionEvent)
      return
    default:
  }
  if (!selected) return
  const mailbox = selected.name
  switch (response.kind) {
    case 'exists':
      selected.exists = response.count
      emit({ kind: 'exists', mailbox, count: response.count })
      return
    case 'expunge':
      selected.exists = Math.max(0, selected.exists - 1)
      emit({ kind: 'expunge', mailbox, seq: response.seq })
      return
    case 'vanished':
      if (!response.isEarlier) selected.exists = Math.max(0, selected.exists - countSet(response.uids))
      emit({ kind: 'vanished', mailbox, uids: response.uids })
      return
    case 'fetch':
      emit({ kind: 'fetch', mailbox, row: response.row })
      return
    case 'flags':
      selected.flags = response.flags
      return
    default:
  }
}

function applyCondition(
  selected: ConnectionState['selected'],
  hasModseqs: boolean,
  { code, text }: { readonly code: { readonly name: string; readonly text: string } | null; readonly text: string },
  emit: (event: ConnectionEvent) => void,
): void {
  if (code === null) return
  if (code.name === 'ALERT') emit({ kind: 'alert', text })
  else if (code.name === 'NOTIFICATIONOVERFLOW') emit({ kind: 'overflow' })
  else if (selected === null) return
  // RFC 7162 §3.2.10: told with the tagged OK of what expunges.
  else if (code.name === 'HIGHESTMODSEQ' && hasModseqs && /^\d{1,19}$/.test(code.text)) {
    const modseq = BigInt(code.text)
    if (selected.highestModseq === null || modseq > selected.highestModseq) selected.highestModseq = modseq
  } else if (code.name === 'PERMANENTFLAGS') {
    selected.permanentFlags = code.text.replace(/[()]/g, '').split(' ').filter(Boolean)
  } else if (code.name === 'READ-ONLY') selected.isReadOnly = true
}

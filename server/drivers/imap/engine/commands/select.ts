// Selecting and leaving mailboxes, and asking to be told of changes (RFC 9051 §6.3.2, 7162, 3691, 5465).

import { Failure } from '#core/errors.ts'
import { formatSet, mergeSets } from '#formats/imap/number-set.ts'
import type { Untagged } from '#formats/imap/parse-response.ts'
import type { Part } from '#formats/imap/serialize.ts'
import type { NumberSet } from '#formats/imap/types.ts'
import type { Command, Commands, Connection, ConnectionState, SelectOptions, SelectResult } from '../types.ts'

type Selected = NonNullable<ConnectionState['selected']>

export const selectMailbox: Commands['selectMailbox'] = (connection, name, options = {}) =>
  connection.run(selectCommand(connection, name, options))

function selectCommand(connection: Connection, name: string, options: SelectOptions): Command<SelectResult> {
  const { condstore, qresync } = connection.features
  const parts: Part[] = [options.isReadOnly ? 'EXAMINE' : 'SELECT', { mailbox: name }]
  if (options.qresync && qresync) {
    const { uidValidity, modseq, knownUids } = options.qresync
    const known = knownUids && knownUids.length > 0 ? ` ${formatSet(knownUids)}` : ''
    parts.push(`(QRESYNC (${uidValidity} ${modseq}${known}))`)
  } else if (condstore && !qresync) parts.push('(CONDSTORE)') // RFC 7162 §3.1.8; QRESYNC has it enabled already
  return {
    name: options.isReadOnly ? 'EXAMINE' : 'SELECT',
    parts,
    effect: 'session',
    start: () => {
      let selected = blank(name, options)
      let vanished: NumberSet = []
      return {
        untagged(response) {
          if (response.kind === 'condition' && response.code?.name === 'CLOSED') {
            // RFC 7162 §3.2.11: all before it was about the mailbox that was selected.
            selected = blank(name, options)
            vanished = []
            return true
          }
          if (response.kind === 'vanished') vanished = mergeSets(vanished, response.uids)
          else if (response.kind === 'fetch') options.onRow?.(response.row)
          else return learn(selected, response)
          return true
        },
        done({ code }, state) {
          if (code) learn(selected, { kind: 'condition', status: 'OK', code, text: '' })
          if (!condstore) selected.highestModseq = null // told unasked (Cyrus), but not to be built upon
          state.selected = selected
          return { mailbox: selected, vanished }
        },
        refused(_, state) {
          // RFC 9051 §6.3.2: a failed SELECT leaves none selected.
          state.selected = null
          return null
        },
      }
    },
  }
}

function blank(name: string, options: SelectOptions): Selected {
  return {
    name,
    isReadOnly: options.isReadOnly ?? false,
    uidValidity: 0,
    uidNext: 0,
    exists: 0,
    highestModseq: null,
    flags: [],
    permanentFlags: [],
    mailboxId: null,
  }
}

function learn(selected: Selected, response: Untagged): boolean {
  if (response.kind === 'exists') selected.exists = response.count
  else if (response.kind === 'flags') selected.flags = response.flags
  else if (response.kind === 'recent') return true
  else if (response.kind === 'condition' && response.code) return learnCode(selected, response.code)
  else return false
  return true
}

function learnCode(selected: Selected, { name, text }: { readonly name: string; readonly text: string }): boolean {
  if (name === 'UIDVALIDITY') selected.uidValidity = Number.parseInt(text, 10) || 0
  else if (name === 'UIDNEXT') selected.uidNext = Number.parseInt(text, 10) || 0
  else if (name === 'HIGHESTMODSEQ') selected.highestModseq = /^\d{1,19}$/.test(text) ? BigInt(text) : null
  else if (name === 'NOMODSEQ') selected.highestModseq = null
  else if (name === 'PERMANENTFLAGS') selected.permanentFlags = text.replace(/[()]/g, '').split(' ').filter(Boolean)
  else if (name === 'MAILBOXID') selected.mailboxId = text.replace(/[()]/g, '')
  else if (name === 'READ-ONLY') selected.isReadOnly = true
  else if (name === 'READ-WRITE') selected.isReadOnly = false
  else return name === 'UNSEEN'
  return true
}

/** Never CLOSE: it expunges what somebody else marked \Deleted. */
export const unselect: Commands['unselect'] = async (connection) => {
  if (!connection.selected) return
  const done = (_: unknown, state: ConnectionState) => {
    state.selected = null
  }
  if (connection.features.unselect) {
    await connection.run({ name: 'UNSELECT', parts: ['UNSELECT'], effect: 'session', start: () => ({ done }) })
    return
  }
  // RFC 3691 §1: EXAMINE of what is not there has the same effect.
  const nowhere = `no such mailbox ${Math.random().toString(36).slice(2)}`
  await selectMailbox(connection, nowhere, { isReadOnly: true }).catch((error: unknown) => {
    if (connection.selected !== null || !connection.isOpen) throw error
  })
}

export const noop: Commands['noop'] = (connection) =>
  connection.run({ name: 'NOOP', parts: ['NOOP'], effect: 'read', start: () => ({ done() {} }) })

/** RFC 5465 §3.1. quirk(dovecot 2.3): a second NOTIFY SET on one connection goes silent: set it once. */
export const enableNotify: Commands['enableNotify'] = (connection, request) => {
  if (!connection.features.notify) return Promise.reject(new Failure('unsupported', { command: 'NOTIFY' }))
  const groups: string[] = []
  if (request.selected) groups.push('(selected (MessageNew (UID FLAGS) MessageExpunge FlagChange))')
  if (request.personal) groups.push('(personal (MessageNew MessageExpunge FlagChange MailboxName SubscriptionChange))')
  const parts = groups.length === 0 ? ['NOTIFY NONE'] : [`NOTIFY SET ${groups.join(' ')}`]
  return connection.run({ name: 'NOTIFY', parts, effect: 'session', start: () => ({ done() {} }) })
}

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ActionEntry, Promised } from '../load/journal.ts'
import { type FoundMail, judgeMail, judgeSettings } from './kept.ts'

const ann = 'ann@lab.test'
const bob = 'bob@lab.test'

function entry(wish: Promised, outcome: 'done' | 'failed' = 'done'): ActionEntry {
  return { type: 'action', at: 0, person: ann, action: wish.kind as never, ms: 1, outcome, requests: 1, wish }
}
const mail = (user: string, mailbox: string, messageId: string, flags: readonly string[] = []): FoundMail => ({
  ...{ user, mailbox, messageId, flags },
})
const send: Promised = { kind: 'send', messageId: 's1', to: bob, attachmentSha256: null }

test('a draft that was acknowledged must be there, one that failed may be, none may be there twice', () => {
  const draft: Promised = { kind: 'draft', messageId: 'd1' }
  assert.match(judgeMail([entry(draft)], []).faults[0] ?? '', /lost/)
  assert.deepEqual(judgeMail([entry(draft)], [mail(ann, 'Drafts', 'd1')]).faults, [])
  assert.deepEqual(judgeMail([entry(draft, 'failed')], []).faults, [])
  const twice = [mail(ann, 'Drafts', 'd1'), mail(ann, 'Drafts', 'd1')]
  assert.match(judgeMail([entry(draft, 'failed')], twice).faults[0] ?? '', /2 times/)
})

test('a send that was acknowledged arrives once and is filed once', () => {
  const arrived = mail(bob, 'INBOX', 's1')
  const filed = mail(ann, 'Sent', 's1')
  assert.deepEqual(judgeMail([entry(send)], [arrived, filed]).faults, [])
  assert.match(judgeMail([entry(send)], [filed]).faults[0] ?? '', /has not arrived/)
  assert.match(judgeMail([entry(send)], [arrived]).faults[0] ?? '', /no copy in Sent/)
  assert.match(judgeMail([entry(send)], [arrived, arrived, filed]).faults[0] ?? '', /delivered 2 times/)
  assert.match(judgeMail([entry(send)], [arrived, filed, mail(ann, 'Drafts', 's1')]).faults[0] ?? '', /still in Drafts/)
})

test('a send that failed may have gone out, but not twice', () => {
  const arrived = mail(bob, 'INBOX', 's1')
  assert.deepEqual(judgeMail([entry(send, 'failed')], []).faults, [])
  assert.deepEqual(judgeMail([entry(send, 'failed')], [arrived]).faults, [])
  assert.match(judgeMail([entry(send, 'failed')], [arrived, arrived]).faults[0] ?? '', /delivered 2 times/)
})

test('a message has the flag that was acknowledged last', () => {
  const flag = (isFlagged: boolean): Promised => ({ kind: 'flag', messageId: 'm', isFlagged })
  const seen = [mail(ann, 'INBOX', 'm', ['\\Seen', '\\Flagged'])]
  assert.deepEqual(judgeMail([entry(flag(false)), entry(flag(true))], seen).faults, [])
  assert.equal(judgeMail([entry(flag(true)), entry(flag(false))], seen).faults.length, 1)
  assert.deepEqual(judgeMail([entry(flag(true)), entry(flag(false), 'failed')], seen).faults, [])
})

test('a setting is what was acknowledged last on every node, or what failed after it', () => {
  const setting = (value: number): Promised => ({ kind: 'setting', value })
  assert.deepEqual(judgeSettings([entry(setting(1)), entry(setting(2))], { [ann]: [2, 2, 2] }), [])
  assert.equal(judgeSettings([entry(setting(1)), entry(setting(2))], { [ann]: [2, 1, 2] }).length, 2)
  assert.deepEqual(judgeSettings([entry(setting(1)), entry(setting(2), 'failed')], { [ann]: [2, 2, 2] }), [])
  assert.equal(judgeSettings([entry(setting(1)), entry(setting(2), 'failed')], { [ann]: [1, 2, 2] }).length, 1)
  assert.deepEqual(judgeSettings([], { [ann]: [0, 0, null] }), [])
})

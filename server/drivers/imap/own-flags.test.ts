import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createAccountIndex } from './account-index.ts'
import { hash64, hash128 } from './hash.ts'
import { emptyTree } from './mailbox-tree.ts'
import { type OwnStore, takeOwnFlags } from './own-flags.ts'
import { idWords } from './tables.ts'

function knownUpTo(modseq: bigint) {
  const index = createAccountIndex()
  const mailbox = index.addMailbox('A')
  for (const uid of [1, 2, 3]) {
    const [id, threadKey] = [idWords(hash128(`${uid}`)), hash64(`${uid}`)]
    index.put(mailbox, { uid, id, threadKey, date: 1, size: 1, modseq: 1n, flags: uid === 3 ? ['\\Seen', 'work'] : [] })
  }
  mailbox.modseq = modseq
  const keywords = (uid: number) =>
    index.keywords.keywords(index.tables.keywordsAt[index.find(mailbox, uid)] as number).join(' ')
  const take = (...stores: OwnStore[]) => takeOwnFlags({ index, tree: emptyTree }, mailbox, stores)
  return { mailbox, keywords, take }
}
const store = (
  mode: 'add' | 'remove',
  flag: string,
  modseqs: Record<number, bigint>,
  uids = Object.keys(modseqs),
): OwnStore => ({
  mode,
  flags: flag.split(' '),
  uids: uids.map(Number),
  modseqs: new Map(Object.entries(modseqs).map(([uid, modseq]) => [Number(uid), modseq])),
})

test('flags whose MODSEQ is the very next one are known without asking', () => {
  const { mailbox, keywords, take } = knownUpTo(10n)
  assert.ok(take(store('add', '\\Flagged', { 1: 11n, 3: 11n })))
  assert.deepEqual([keywords(1), keywords(2), keywords(3)], ['$flagged', '', '$flagged $seen work'])
  assert.equal(mailbox.modseq, 11n)
  assert.ok(take(store('remove', 'work', { 3: 12n }), store('add', '\\Seen', { 2: 13n })))
  assert.deepEqual([keywords(2), keywords(3)], ['$seen', '$flagged $seen'])
  assert.equal(mailbox.modseq, 13n)
  assert.deepEqual(mailbox.tally, { emails: 3, unread: 1, unseen: 1 })
})

test('where somebody may have come between, or it was not all told, nothing is taken', () => {
  const { mailbox, keywords, take } = knownUpTo(10n)
  const refused: Record<string, readonly OwnStore[]> = {
    'a MODSEQ left out: another client had it': [store('add', '\\Flagged', { 1: 12n })],
    'one in the middle left out': [store('add', '\\Flagged', { 1: 11n }), store('add', 'work', { 2: 13n })],
    'not told for one': [store('add', '\\Flagged', { 1: 11n }, ['1', '2'])],
    'not told at all': [store('add', '\\Flagged', {}, ['1'])],
    'old: it was marked so before': [store('add', '\\Flagged', { 1: 9n })],
    'two flags, of which one may have been dropped': [store('add', '\\Flagged work', { 1: 11n })],
    'one message twice': [store('add', '\\Flagged', { 1: 11n }), store('add', 'work', { 1: 12n })],
    'a message that we do not know': [store('add', '\\Flagged', { 9: 11n })],
    'no command': [],
  }
  for (const [why, stores] of Object.entries(refused)) {
    assert.equal(take(...stores), false, why)
    assert.deepEqual([mailbox.modseq, keywords(1), keywords(2)], [10n, '', ''], why)
  }
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type AccountIndex, createAccountIndex } from './account-index.ts'
import { hash64, hash128 } from './hash.ts'
import { readSnapshot, writeSnapshot } from './snapshot.ts'
import { idWords, NONE } from './tables.ts'

function sample(): AccountIndex {
  const index = createAccountIndex()
  for (const id of ['M0000000000000000000000', 'M1111111111111111111111']) {
    const mailbox = index.addMailbox(id)
    Object.assign(mailbox, {
      uidValidity: 7,
      uidNext: 101,
      modseq: 500n,
      hasModseq: true,
      isComplete: true,
      historyFrom: 3n,
    })
    for (let uid = 1; uid <= 100; uid++) {
      index.put(mailbox, {
        uid,
        id: idWords(hash128(`${id} ${uid % 90}`)),
        threadKey: hash64(`${uid % 10}`),
        date: 1_700_000_000 + uid,
        size: uid * 10,
        modseq: BigInt(uid),
        flags: uid % 2 ? ['\\Seen', 'custom'] : [],
      })
    }
    index.remove(mailbox, 50, 499n)
  }
  return index
}

function told(index: AccountIndex) {
  const { tables, keywords } = index
  return index.mailboxes.map((mailbox) => ({
    ...mailbox,
    places: Array.from(mailbox.places.subarray(0, mailbox.count), (place) => {
      const message = tables.messageAt[place] as number
      const thread = tables.threadIdOf(tables.threadOf[message] as number)
      return [tables.uidAt[place], tables.idOf(message), thread, keywords.keywords(tables.keywordsAt[place] as number)]
    }),
    tombstones: mailbox.tombstones.map((one) => [tables.idOf(one.message), one.uid, one.modseq]),
  }))
}

test('an index comes back from its snapshot with places, keywords, threads and tombstones', async () => {
  const before = sample()
  const bytes = await writeSnapshot(before, 'guid')
  assert.ok(bytes)
  const after = await readSnapshot(bytes, 'guid')
  assert.ok(after)
  assert.deepEqual(told(after), told(before))
  // The message that lost one of two places has the other; found by its id as before.
  const message = after.tables.findMessage(idWords(hash128('M0000000000000000000000 5')))
  assert.equal(after.placesOf(message).length, 2)
  assert.notEqual(after.tables.findThread(hash64('5')), -1)
  assert.equal(after.find(after.mailboxes[0] as never, 50), NONE)
})

test('a snapshot that is cut, changed anywhere, or of other ids is none', async () => {
  const written = await writeSnapshot(sample(), 'guid')
  assert.ok(written)
  const bytes: Uint8Array = written
  assert.equal(await readSnapshot(bytes, 'objectid'), null)
  for (const length of [0, 7, 8, 39, 40, 41, bytes.length - 1]) {
    assert.equal(await readSnapshot(bytes.subarray(0, length), 'guid'), null, `${length} octets`)
  }
  for (let at = 0; at < bytes.length; at += 37) {
    const damaged: Uint8Array = Uint8Array.from(bytes)
    damaged[at] = (damaged[at] as number) ^ 0x55
    assert.equal(await readSnapshot(damaged, 'guid'), null, `octet ${at}`)
  }
})

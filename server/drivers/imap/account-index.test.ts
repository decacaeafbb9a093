import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type AccountIndex, createAccountIndex, type IndexedMailbox } from './account-index.ts'
import { hash64, hash128 } from './hash.ts'
import { readSnapshot, writeSnapshot } from './snapshot.ts'
import { idWords, NONE, parseEmailId, parseThreadId } from './tables.ts'

const row = (uid: number, name = `message ${uid}`, flags: readonly string[] = []) => ({
  uid,
  id: idWords(hash128(name)),
  threadKey: hash64(name),
  date: 1_700_000_000,
  size: 10,
  modseq: BigInt(uid),
  flags,
})

const uids = (index: AccountIndex, mailbox: IndexedMailbox) => index.uidsIn(mailbox, 1, 0xffffffff)

test('rows stand in order of UID whatever order they come in, and are found by it', () => {
  const index = createAccountIndex()
  const mailbox = index.addMailbox('A')
  const model = new Set<number>()
  let random = 1
  for (let step = 0; step < 5000; step++) {
    random = (random * 48271) % 2147483647
    const uid = (random % 700) + 1
    if (random % 3 === 0) assert.equal(index.remove(mailbox, uid, 9n), model.delete(uid))
    else {
      index.put(mailbox, row(uid))
      model.add(uid)
    }
  }
  assert.deepEqual(
    uids(index, mailbox),
    [...model].sort((a, b) => a - b),
  )
  for (let uid = 1; uid <= 700; uid++) assert.equal(index.find(mailbox, uid) !== NONE, model.has(uid))
  assert.deepEqual(
    index.uidsIn(mailbox, 100, 110),
    [...model].filter((uid) => uid >= 100 && uid <= 110).sort((a, b) => a - b),
  )
})

test('a message that left one mailbox and is seen in another keeps its number and its id', () => {
  const index = createAccountIndex()
  const [a, b] = [index.addMailbox('A'), index.addMailbox('B')]
  index.put(a, row(1, 'moved'))
  const message = index.tables.findMessage(idWords(hash128('moved')))
  index.remove(a, 1, 5n)
  assert.equal(index.tables.firstPlace[message], NONE)
  assert.deepEqual(a.tombstones, [{ message, uid: 1, modseq: 5n }])
  index.put(b, row(77, 'moved'))
  assert.equal(index.tables.messageAt[index.find(b, 77)], message)
  assert.equal(index.placesOf(message).length, 1)
})

test('ids survive the way to text and back; what is no id of ours is none', () => {
  const index = createAccountIndex()
  index.put(index.addMailbox('A'), row(1, 'some'))
  const words = parseEmailId(index.tables.idOf(0))
  assert.deepEqual(words, idWords(hash128('some')))
  assert.equal(parseThreadId(index.tables.threadIdOf(0)), hash64('some'))
  for (const bad of ['', 'E', 'x', `E${'A'.repeat(23)}`, `T${'A'.repeat(22)}`, `E${'/'.repeat(22)}`]) {
    assert.equal(parseEmailId(bad), null)
    assert.equal(parseThreadId(bad), null)
  }
})

test('tombstones are bounded, and what was forgotten is told by historyFrom', () => {
  const index = createAccountIndex()
  const mailbox = index.addMailbox('A')
  for (let uid = 1; uid <= 20_001; uid++) {
    index.put(mailbox, row(uid))
    index.remove(mailbox, uid, BigInt(uid))
  }
  assert.equal(mailbox.tombstones.length, 10_001)
  assert.equal(mailbox.historyFrom, 10_000n)
  assert.equal(mailbox.tombstones[0]?.modseq, 10_001n)
})

test('keywords are lower case, the system flags have their JMAP names, and \\Deleted and \\Recent are not shown', () => {
  const index = createAccountIndex()
  const mailbox = index.addMailbox('A')
  index.put(mailbox, row(1, 'x', ['\\Seen', '\\Recent', '\\Deleted', 'Work', '$Forwarded']))
  const set = index.tables.keywordsAt[0] as number
  assert.deepEqual(index.keywords.keywords(set), ['$forwarded', '$seen', 'work'])
  assert.equal(index.keywords.having('$SEEN')[set], 1)
  assert.equal(index.keywords.having('$flagged')[set], 0)
})

test('a change of UIDVALIDITY forgets the places of that mailbox alone', () => {
  const index = createAccountIndex()
  const [a, b] = [index.addMailbox('A'), index.addMailbox('B')]
  index.put(a, row(1, 'both'))
  index.put(b, row(1, 'both'))
  index.reset(a, 2)
  assert.deepEqual([a.count, b.count, a.uidValidity, a.isComplete], [0, 1, 2, false])
  assert.equal(index.placesOf(0).length, 1)
})

test('what lies in a mailbox is known without counting, whatever came, went or was marked', async () => {
  const flagSets = [[], ['\\Seen'], ['\\Draft'], ['\\Seen', 'Work'], ['\\Flagged']]
  const index = createAccountIndex()
  const mailboxes = ['A', 'B', 'C'].map((id) => index.addMailbox(id))
  const counted = (of: AccountIndex, mailbox: IndexedMailbox) => {
    const { tables, keywords } = of
    const places = [...mailbox.places.subarray(0, mailbox.count)]
    const has = (place: number, ...any: string[]) =>
      keywords.keywords(tables.keywordsAt[place] as number).some((keyword) => any.includes(keyword))
    const messages = new Set(places.map((place) => tables.messageAt[place] as number))
    const unread = [...messages].filter((one) => !of.placesOf(one).some((place) => has(place, '$seen', '$draft')))
    return {
      emails: messages.size,
      unread: unread.length,
      unseen: places.filter((place) => !has(place, '$seen')).length,
    }
  }
  let random = 7
  const pick = (below: number) => {
    random = (random * 48271) % 2147483647
    return random % below
  }
  for (let step = 0; step < 4000; step++) {
    const mailbox = mailboxes[pick(3)] as IndexedMailbox
    const uid = pick(60) + 1
    const flags = flagSets[pick(flagSets.length)] as string[]
    const act = pick(40)
    if (act === 0) index.reset(mailbox, step)
    else if (act < 12) index.remove(mailbox, uid, 9n)
    else if (act < 24) index.setFlags(mailbox, uid, flags, 9n)
    // Few messages: they lie in several mailboxes, and twice in one.
    else index.put(mailbox, row(uid, `message ${pick(50)}`, flags))
    if (step % 10 === 0) for (const one of mailboxes) assert.deepEqual(one.tally, counted(index, one), `step ${step}`)
  }
  for (const one of mailboxes) {
    one.hasModseq = true
    one.isComplete = true
  }
  const written = await writeSnapshot(index, 'guid')
  const restored = written && (await readSnapshot(written, 'guid'))
  assert.ok(restored)
  assert.ok(restored.mailboxes.length > 0)
  for (const one of restored.mailboxes) assert.deepEqual(one.tally, counted(restored, one), one.id)
})

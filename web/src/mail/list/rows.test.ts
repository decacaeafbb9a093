import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { EmailHead, Row } from '../../store/types.ts'
import { firstName, participants } from './participants.ts'
import { nothingSelected, selectRange, toggle } from './selection.ts'

function head(id: string, from: string, isRead: boolean, name: string | null = null): EmailHead {
  return {
    id,
    blobId: id,
    threadId: 't',
    mailboxIds: { inbox: true },
    keywords: isRead ? { $seen: true } : {},
    size: 1,
    receivedAt: '2026-01-01T00:00:00Z',
    from: [{ name, email: from }],
    to: [{ name: null, email: 'me@example.test' }],
    subject: null,
    hasAttachment: false,
    preview: '',
  }
}

function row(...emails: EmailHead[]): Row {
  return { emailId: emails[0]?.id ?? '', threadId: 't', emails, latest: emails.at(-1) as EmailHead }
}

test('one person goes by the whole name, several by first names, the reader as «me»', () => {
  const me = new Set(['me@example.test'])
  const ada = head('1', 'ada@example.test', true, 'Ada Lovelace')
  const mine = head('2', 'ME@example.test', true, 'Alice')
  const again = head('3', 'Ada@example.test', false, 'Ada Lovelace')
  assert.deepEqual(participants(row(ada), false, me, 'me'), [{ name: 'Ada Lovelace', isUnread: false }])
  assert.deepEqual(participants(row(ada, mine, again), false, me, 'me'), [
    { name: 'Ada', isUnread: true },
    { name: 'me', isUnread: false },
  ])
  assert.deepEqual(participants(row(mine), false, me, 'me'), [{ name: 'Alice', isUnread: false }])
})

test('sent mail shows to whom it went', () => {
  assert.deepEqual(participants(row(head('1', 'a@example.test', true)), true, new Set(), 'me'), [
    { name: 'me@example.test', isUnread: false },
  ])
})

test('a first name is found where there is one', () => {
  assert.equal(firstName('Lovelace, Ada'), 'Ada')
  assert.equal(firstName('Ada Lovelace'), 'Ada')
  assert.equal(firstName('The Weekly Ship'), 'The Weekly Ship')
  assert.equal(firstName('bob@example.test'), 'bob')
  assert.equal(firstName('山田太郎'), '山田太郎')
})

const list = {
  positionOf: (id: string) => Number(id.slice(1)),
  idAt: (position: number) => (position < 10 ? `e${position}` : undefined),
}

test('a range reaches from the row chosen last, in either direction, and replaces the range before', () => {
  const one = toggle(nothingSelected, 'e4')
  assert.deepEqual([...selectRange(one, 'e6', list).ids], ['e4', 'e5', 'e6'])
  assert.deepEqual([...selectRange(selectRange(one, 'e6', list), 'e2', list).ids], ['e2', 'e3', 'e4'])
  assert.deepEqual([...selectRange(nothingSelected, 'e3', list).ids], ['e3'])
  assert.deepEqual([...toggle(one, 'e4').ids], [])
})

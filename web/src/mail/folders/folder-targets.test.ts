import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Mailbox, MailboxRights } from '#shared/jmap/mail.ts'
import { isMovable, mayMoveInto } from './folder-targets.ts'

const folder = (id: string, parentId: string | null = null, more: Partial<Mailbox> = {}) =>
  ({ id, name: id, parentId, role: null, ...more }) as Mailbox
const may = (rights: Partial<MailboxRights>) => ({ myRights: rights as MailboxRights })

const inbox = folder('inbox', null, { role: 'inbox' })
const work = folder('work')
const deep = folder('deep', 'work')
const deeper = folder('deeper', 'deep')
const closed = folder('closed', null, may({ mayCreateChild: false }))
const twin = folder('twin', 'inbox', { name: 'deep' })
const all = [inbox, work, deep, deeper, closed, twin]

test('a folder goes where it is not yet, and not into itself or below', () => {
  assert.equal(mayMoveInto(deep, null, all), true)
  assert.equal(mayMoveInto(work, 'inbox', all), true)
  assert.equal(mayMoveInto(deep, 'work', all), false)
  assert.equal(mayMoveInto(work, 'work', all), false)
  assert.equal(mayMoveInto(work, 'deeper', all), false)
  assert.equal(mayMoveInto(work, null, all), false)
})

test('what may have no children takes none, nor what has one of that name', () => {
  assert.equal(mayMoveInto(deeper, 'closed', all), false)
  assert.equal(mayMoveInto(deep, 'inbox', all), false)
})

test('folders with a role, and those that may not be renamed, stay', () => {
  assert.equal(isMovable(inbox), false)
  assert.equal(isMovable(folder('x', null, may({ mayRename: false }))), false)
  assert.equal(isMovable(work), true)
})

test('folders that stand above one another in a ring end the search', () => {
  const ring = [folder('a', 'b'), folder('b', 'a'), work]
  assert.equal(mayMoveInto(work, 'a', ring), true)
  assert.equal(mayMoveInto(work, 'gone', ring), false)
})

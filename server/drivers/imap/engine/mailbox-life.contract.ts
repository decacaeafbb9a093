// The life of a mailbox from CREATE to DELETE: every server, with whatever extensions, must give the same results.

import assert from 'node:assert/strict'
import { Failure } from '#core/errors.ts'
import { toSet } from '#formats/imap/number-set.ts'
import type { FetchRow } from '#formats/imap/types.ts'
import { appendAll } from '#testing/imap-engine.ts'
import { sampleMessages } from '#testing/imap-samples.ts'
import { expungeMessages, moveMessages, storeFlags } from './commands/change.ts'
import { fetchBody, fetchRows } from './commands/fetch.ts'
import {
  createMailbox,
  deleteMailbox,
  listMailboxes,
  renameMailbox,
  setSubscribed,
  statusOf,
} from './commands/mailboxes.ts'
import { searchMessages, sortMessages, threadMessages } from './commands/search.ts'
import { noop, selectMailbox, unselect } from './commands/select.ts'
import type { Connection } from './types.ts'

async function rowsOf(connection: Connection): Promise<FetchRow[]> {
  const rows: FetchRow[] = []
  await fetchRows(connection, { items: { flags: true, size: true, internalDate: true } }, (row) => rows.push(row))
  return rows
}

/** Throws where anything differs. `prefix`: of the personal namespace (`INBOX.`). */
export async function liveMailbox(connection: Connection, prefix: string, leaf = 'Bäume & 樹'): Promise<void> {
  const name = `${prefix}${leaf}`
  await createMailbox(connection, name)
  await assert.rejects(
    createMailbox(connection, name),
    (error) => error instanceof Failure && error.code === 'alreadyExists',
  )
  await setSubscribed(connection, name, true)
  await appendAll(connection, name, sampleMessages(12))
  const info = (await listMailboxes(connection, { status: true })).find((one) => one.name === name)
  assert.deepEqual([info?.isSubscribed, info?.status?.messages, info?.status?.unseen], [true, 12, 6])

  const { mailbox } = await selectMailbox(connection, name)
  assert.equal(mailbox.exists, 12)
  assert.equal(connection.selected?.highestModseq !== null, connection.features.condstore)
  const rows = await rowsOf(connection)
  assert.deepEqual(
    rows.map((row) => [row.uid, row.size, row.internalDate]),
    sampleMessages(12).map(({ raw, internalDate }, i) => [i + 1, raw.length, internalDate]),
  )

  const found = await searchMessages(connection, { criteria: ['SEEN', { in: 'SUBJECT', text: 'Grüße' }] })
  assert.deepEqual([[...found.uids], found.count], [[4], 1])
  const page = await searchMessages(connection, { criteria: 'ALL', partial: [3, 5] })
  assert.deepEqual([[...page.uids], page.count], [[3, 4, 5], 12])
  assert.equal((await searchMessages(connection, { criteria: { uids: [] } })).count, 0)
  assert.equal((await searchMessages(connection, { criteria: 'ALL', ids: false })).count, 12)
  const newest = sortMessages(connection, {
    criteria: 'ALL',
    sort: [{ by: 'ARRIVAL', isReverse: true }],
    partial: [1, 3],
  })
  if (connection.features.sort) assert.deepEqual([[...(await newest).uids], (await newest).count], [[12, 11, 10], 12])
  else await assert.rejects(newest)
  if (connection.features.thread) assert.equal((await threadMessages(connection, 'ALL')).length, 4)

  await storeFlags(connection, { uids: [[1, 2]], mode: 'add', flags: ['\\Deleted', '$Label'] })
  await storeFlags(connection, { uids: [[2, 2]], mode: 'remove', flags: ['$Label'] })
  await expungeMessages(connection, [[3, 4]])
  const flags = new Map((await rowsOf(connection)).map((row) => [row.uid, row.flags ?? []]))
  assert.deepEqual([...flags.keys()], [1, 2, 5, 6, 7, 8, 9, 10, 11, 12])
  // What somebody else marked is neither gone nor unmarked.
  assert.ok(flags.get(1)?.includes('\\Deleted') && flags.get(1)?.includes('$Label'))
  assert.ok(flags.get(2)?.includes('\\Deleted') && !flags.get(2)?.includes('$Label'))

  await createMailbox(connection, `${prefix}Target`)
  const moved = await moveMessages(connection, toSet([5, 7]), `${prefix}Target`)
  if (connection.features.uidPlus)
    assert.deepEqual(
      [[...(moved.copied?.from ?? [])], [...(moved.copied?.to ?? [])]],
      [
        [5, 7],
        [1, 2],
      ],
    )
  assert.equal((await statusOf(connection, `${prefix}Target`)).messages, 2)
  assert.deepEqual(
    (await rowsOf(connection)).map((row) => row.uid),
    [1, 2, 6, 8, 9, 10, 11, 12],
  )
  const { body } = await fetchBody(connection, { uid: 6, section: '', range: { start: 2, end: 12 } })
  let text = ''
  for await (const chunk of body) text += chunk.toString('latin1')
  assert.equal(text, sampleMessages(6)[5]?.raw.toString('latin1', 2, 12))
  await assert.rejects(
    fetchBody(connection, { uid: 5, section: '' }),
    (error) => error instanceof Failure && error.code === 'notFound',
  )

  await unselect(connection)
  assert.equal(connection.selected, null)
  await renameMailbox(connection, name, `${prefix}Renamed`)
  await deleteMailbox(connection, `${prefix}Renamed`)
  await deleteMailbox(connection, `${prefix}Target`)
  await assert.rejects(
    selectMailbox(connection, `${prefix}Renamed`),
    (error) => error instanceof Failure && error.code === 'notFound',
  )
  await noop(connection)
}

// The same life of a mailbox over servers of other schools: Cyrus (OBJECTID, ids of its own) and Courier (bare, INBOX. before all).

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FetchRow } from '#formats/imap/types.ts'
import { appendAll, connectTo } from '#testing/imap-engine.ts'
import { sampleMessages } from '#testing/imap-samples.ts'
import { startCourier } from '#testing/servers/courier.ts'
import { startCyrus } from '#testing/servers/cyrus.ts'
import { copyMessages } from './commands/change.ts'
import { fetchRows, probeGuid } from './commands/fetch.ts'
import { createMailbox, namespaces } from './commands/mailboxes.ts'
import { searchMessages } from './commands/search.ts'
import { selectMailbox } from './commands/select.ts'
import { liveMailbox } from './mailbox-life.contract.ts'

test('over Cyrus, with OBJECTID and without any extension', async () => {
  const cyrus = await startCyrus()
  try {
    const server = { host: cyrus.host, port: cyrus.imapPort, tls: 'none' } as const
    const connection = await connectTo(cyrus, { server })
    const { personal } = await namespaces(connection)
    const prefix = personal[0]?.prefix ?? ''
    await liveMailbox(connection, prefix)
    await createMailbox(connection, `${prefix}Ids`)
    await createMailbox(connection, `${prefix}Copies`)
    await appendAll(connection, `${prefix}Ids`, sampleMessages(3))
    const { mailbox } = await selectMailbox(connection, `${prefix}Ids`)
    assert.ok(mailbox.mailboxId)
    const ids = async () => {
      const rows: FetchRow[] = []
      await fetchRows(connection, { items: { objectId: true } }, (row) => rows.push(row))
      return rows.map((row) => row.emailId)
    }
    const before = await ids()
    assert.equal(new Set(before).size, 3)
    await copyMessages(connection, [[1, 3]], `${prefix}Copies`)
    await selectMailbox(connection, `${prefix}Copies`)
    assert.deepEqual(await ids(), before)
    assert.equal((await searchMessages(connection, { criteria: { emailId: before[1] as string } })).count, 1)
    assert.equal(await probeGuid(connection), false)
    await connection.close()
    const bare = await connectTo(cyrus, { server, disable: [...connection.capabilities] })
    await liveMailbox(bare, prefix)
    await bare.close()
  } finally {
    await cyrus.stop()
  }
})

test('over Courier, with UTF8=ACCEPT and without any extension', async () => {
  const courier = await startCourier()
  try {
    const server = { host: courier.host, port: courier.imapPort, tls: 'none' } as const
    const connection = await connectTo(courier, { server })
    const prefix = (await namespaces(connection)).personal[0]?.prefix ?? ''
    assert.equal(prefix, 'INBOX.')
    assert.equal(connection.features.utf8Accept, true)
    await liveMailbox(connection, prefix)
    await connection.close()
    const bare = await connectTo(courier, { server, disable: [...connection.capabilities] })
    assert.equal(bare.features.utf8Accept, false)
    await liveMailbox(bare, prefix)
    await bare.close()
  } finally {
    await courier.stop()
  }
})

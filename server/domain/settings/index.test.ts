import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isFailure } from '#core/errors.ts'
import { recordingBus, testCaller } from '#testing/caller.ts'
import { openTestSql } from '#testing/sqlite.ts'
import { openSettings } from './index.ts'
import type { SettingsTables } from './tables.ts'

const limits = { maxValueBytes: 1000, maxKeys: 3, maxTemplates: 2, maxTemplateBytes: 1000 }
const blob = `b${'0'.repeat(64)}`

async function open() {
  const database = await openTestSql()
  const bus = recordingBus()
  const bound = new Map<string, readonly string[]>()
  const uploads = {
    bind: async (_: unknown, owner: string, ids: readonly string[]) => void bound.set(owner, ids),
    stat: async (_: unknown, blobId: string) =>
      blobId === blob ? { blobId, size: 1, type: 'text/plain', expiresAt: 0 } : null,
  }
  const door = openSettings({ sql: database.for<SettingsTables>(), bus, uploads, limits })
  return { ...door, bus, bound, close: () => database.close() }
}

test('a key that was never written reads as empty, and an impossible one is not there', async () => {
  const { settings, close } = await open()
  const caller = testCaller()
  assert.deepEqual((await settings.list(caller, ['appearance', 'Not_A_Key'])).list, [
    { id: 'appearance', value: {}, version: 0 },
  ])
  assert.deepEqual((await settings.list(caller, null)).list, [])
  await assert.rejects(
    settings.change(caller, 'Not A Key', null, (v) => v),
    (e) => isFailure(e, 'notFound'),
  )
  await close()
})

test('many writers of one key at once lose nothing', async () => {
  const { settings, close } = await open()
  const caller = testCaller()
  await Promise.all(
    Array.from({ length: 7 }, (_, i) =>
      settings.change(caller, 'reading', null, (value) => ({ ...value, [`k${i}`]: i })),
    ),
  )
  const [row] = (await settings.list(caller, ['reading'])).list
  assert.equal(Object.keys(row!.value).length, 7)
  assert.equal(row!.version, 7)
  await close()
})

test('a version given as a condition is kept to', async () => {
  const { settings, close } = await open()
  const caller = testCaller()
  await settings.change(caller, 'reading', 0, () => ({ a: 1 }))
  await settings.change(caller, 'reading', 1, () => ({ a: 2 }))
  await assert.rejects(
    settings.change(caller, 'reading', 1, () => ({ a: 3 })),
    (e) => isFailure(e, 'conflict'),
  )
  assert.deepEqual((await settings.list(caller, null)).list, [{ id: 'reading', value: { a: 2 }, version: 2 }])
  await close()
})

test('accounts do not see one another, and changes are told and published', async () => {
  const { settings, bus, close } = await open()
  const [alice, bob] = [testCaller(), testCaller({ account: 'a-bob', address: 'bob@example.test' })]
  await settings.change(alice, 'reading', null, () => ({ a: 1 }))
  assert.deepEqual((await settings.list(bob, null)).list, [])
  const changes = await settings.changes(alice, '0', null)
  assert.deepEqual([changes.created, changes.newState], [['reading'], '1'])
  assert.deepEqual(bus.published, [{ account: 'a-alice', changed: { Settings: '1' } }])
  await settings.reset(alice, 'reading')
  assert.deepEqual((await settings.changes(alice, '1', null)).destroyed, ['reading'])
  await close()
})

test('values and keys are bounded', async () => {
  const { settings, close } = await open()
  const caller = testCaller()
  const big = { text: 'x'.repeat(1000) }
  await assert.rejects(
    settings.change(caller, 'a', null, () => big),
    (e) => isFailure(e, 'tooLarge'),
  )
  for (const key of ['a', 'b', 'c']) await settings.change(caller, key, null, () => ({}))
  await assert.rejects(
    settings.change(caller, 'd', null, () => ({})),
    (e) => isFailure(e, 'overQuota'),
  )
  await close()
})

test('a template holds its attachments, and refuses one that is not there', async () => {
  const { templates, bound, close } = await open()
  const caller = testCaller()
  const attachment = { blobId: blob, name: 'a.txt', type: 'text/plain', size: 1, cid: null }
  const content = {
    name: 'T',
    subject: null,
    to: null,
    cc: null,
    bcc: null,
    textBody: '',
    htmlBody: '',
    attachments: [attachment],
  }
  const template = await templates.create(caller, content)
  assert.deepEqual(bound.get(`template:${template.id}`), [blob])
  const missing = { ...content, attachments: [{ ...attachment, blobId: 'bnone' }] }
  await assert.rejects(templates.create(caller, missing), (e) => isFailure(e, 'blobMissing'))
  await templates.change(caller, template.id, (before) => ({ ...before, name: 'U', attachments: [] }))
  assert.deepEqual(bound.get(`template:${template.id}`), [])
  assert.deepEqual(
    (await templates.list(caller, null)).list.map(({ name }) => name),
    ['U'],
  )
  await templates.destroy(caller, template.id)
  assert.deepEqual((await templates.list(caller, [template.id])).list, [])
  await close()
})

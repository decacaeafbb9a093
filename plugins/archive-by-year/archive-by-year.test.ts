import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openPluginUnderTest } from 'paquebot/plugin-test'

const raw = 'From: b@example.test\r\nSubject: x\r\n\r\nhello\r\n'

for (const [by, path] of [
  ['year', /^\d{4}$/],
  ['month', /^\d{4}-\d{2}$/],
] as const) {
  test(`what is archived goes below the archive by ${by}; what goes elsewhere stays as asked`, async () => {
    const plugin = await openPluginUnderTest(import.meta.url, { settings: { by } })
    const [first, second, third] = [
      await plugin.deliver('Inbox', raw),
      await plugin.deliver('Inbox', raw),
      await plugin.deliver('Inbox', raw),
    ]
    const boxes = async () => (await plugin.mail.mailboxes(plugin.person, { threads: false })).list
    const role = async (name: string) => (await boxes()).find((box) => box.role === name)!.id
    const [archive, inbox, trash] = [await role('archive'), await role('inbox'), await role('trash')]
    const move = (id: string, to: string) => ({ id, addMailboxes: [to], removeMailboxes: [inbox] })
    const { changes } = await plugin.ask('email.change', {
      changes: [move(first, archive), move(second, trash), { id: third, addKeywords: ['$seen'] }, move(third, archive)],
    })
    assert.deepEqual(changes[1], move(second, trash))
    assert.deepEqual(changes[2], { id: third, addKeywords: ['$seen'] })
    const place = (await boxes()).find(({ id }) => id === changes[0]!.addMailboxes![0])!
    assert.match(place.name, path)
    const parent = (await boxes()).find(({ id }) => id === place.parentId)!
    assert.equal(by === 'year' ? parent.id : parent.parentId, archive)
    assert.deepEqual(changes[3]!.addMailboxes, [place.id], 'made once')
    const count = (await boxes()).length
    await plugin.ask('email.change', { changes: [move(first, archive)] })
    assert.equal((await boxes()).length, count)
    await plugin.close()
  })
}

test('a setting that means nothing is told when the node starts', async () => {
  await assert.rejects(openPluginUnderTest(import.meta.url, { settings: { by: 'week' } }), /cannot be started/)
})

test('what the client asks to file goes below the archive, also out of the archive itself; drafts stay', async () => {
  const plugin = await openPluginUnderTest(import.meta.url)
  const ids = [await plugin.deliver('Inbox', raw), await plugin.deliver('Archive', raw)]
  assert.deepEqual(await plugin.call('file', ids), { filed: 2 })
  assert.deepEqual(await plugin.call('file', ids), { filed: 0 }, 'they are there')
  const { list } = await plugin.mail.mailboxes(plugin.person, { threads: false })
  const archive = list.find(({ role }) => role === 'archive')!
  const year = list.find(({ parentId }) => parentId === archive.id)!
  assert.match(year.name, /^\d{4}$/)
  assert.deepEqual([archive.totalEmails, year.totalEmails], [0, 2])
  await assert.rejects(plugin.call('file', 'all'))
  await plugin.close()
})

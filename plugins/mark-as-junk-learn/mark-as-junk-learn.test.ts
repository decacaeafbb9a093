import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { EmailChange } from 'paquebot/plugin-api'
import { openPluginUnderTest } from 'paquebot/plugin-test'

const raw = 'From: b@example.test\r\nSubject: buy now\r\n\r\nhello\r\n'

/** A program that keeps what it is fed under its first argument. */
async function open(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'paquebot-learn-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const program = join(folder, 'learn')
  writeFileSync(program, `#!/bin/sh\n{ echo "$2"; cat; } > ${folder}/$1\n`, { mode: 0o755 })
  const plugin = await openPluginUnderTest(import.meta.url, {
    settings: {
      spam_command: program,
      spam_arguments: ['spam', '--user={address}'],
      ham_command: program,
      ham_arguments: ['ham', '{address}'],
    },
  })
  t.after(() => plugin.close())
  const { list } = await plugin.mail.mailboxes(plugin.person, { threads: false })
  const role = (name: string) => list.find((box) => box.role === name)!.id
  const fed = (verdict: string) => {
    const path = join(folder, verdict)
    const text = existsSync(path) ? readFileSync(path, 'utf8') : null
    rmSync(path, { force: true })
    return text
  }
  const change = async (one: EmailChange) => (await plugin.ask('email.change', { changes: [one] })).changes[0]!
  return { plugin, role, fed, change, changed: (one: EmailChange) => plugin.tell('email.changed', { changes: [one] }) }
}

test('what is marked is moved, and what is unmarked comes back', async (t) => {
  const { plugin, role, change } = await open(t)
  const id = await plugin.deliver('Inbox', raw)
  const moved = await change({ id, addKeywords: ['$junk'] })
  assert.deepEqual([moved.addMailboxes, moved.removeMailboxes], [[role('junk')], [role('inbox')]])
  const inJunk = await plugin.deliver('Junk', raw)
  const back = await change({ id: inJunk, addKeywords: ['$notjunk'], removeKeywords: ['$junk'] })
  assert.deepEqual([back.addMailboxes, back.removeMailboxes], [[role('inbox')], [role('junk')]])
  const there: EmailChange = { id: inJunk, addKeywords: ['$junk'] }
  assert.deepEqual(await change(there), there, 'it is there already')
  const own: EmailChange = {
    id,
    addKeywords: ['$junk'],
    addMailboxes: [role('trash')],
    removeMailboxes: [role('inbox')],
  }
  assert.deepEqual(await change(own), own, 'who says where it goes has it so')
  const seen: EmailChange = { id, addKeywords: ['$seen'] }
  assert.deepEqual(await change(seen), seen)
})

test('the program is fed the whole message, for whom, and with which verdict', async (t) => {
  const { plugin, role, fed, changed } = await open(t)
  const id = await plugin.deliver('Inbox', raw)
  const [inbox, junk, trash] = [role('inbox'), role('junk'), role('trash')]
  await changed({ id, addMailboxes: [junk], removeMailboxes: [inbox] })
  assert.equal(fed('spam'), `--user=alice@example.test\n${raw}`)
  await changed({ id, addKeywords: ['$junk'] })
  assert.ok(fed('spam'))
  const before = Date.now()
  assert.equal(((await plugin.call('learned', id)) as { verdict: string }).verdict, 'spam')
  await changed({ id, addMailboxes: [inbox], removeMailboxes: [junk] })
  const learned = (await plugin.call('learned', id)) as { verdict: string; at: number }
  assert.equal(learned.verdict, 'ham', 'the last word')
  assert.ok(learned.at >= before && learned.at <= Date.now())
  assert.equal(await plugin.call('learned', 'other'), null)
  assert.equal(fed('ham'), `alice@example.test\n${raw}`)
  await changed({ id, addMailboxes: [trash], removeMailboxes: [junk] })
  await changed({ id, addKeywords: ['$seen'] })
  assert.deepEqual([fed('spam'), fed('ham')], [null, null], 'junk that is thrown away is still junk')
})

test('without a program it moves, and learns nothing', async () => {
  const plugin = await openPluginUnderTest(import.meta.url)
  const id = await plugin.deliver('Inbox', raw)
  await plugin.tell('email.changed', { changes: [{ id, addKeywords: ['$junk'] }] })
  await plugin.close()
})

// What the composer can do besides plain sending, over a whole node: pictures in the text, identities, templates, priority and
// notifications, sending later, redirecting. Judged by what left by SMTP and by what the server holds.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { eventually } from '#testing/eventually.ts'
import { signIn as signInClient, type TestClient } from '#testing/node.ts'
import { type ScriptedSmtp, startScriptedSmtp } from '#testing/scripted-smtp.ts'
import { type DovecotServer, startDovecot } from '#testing/servers/dovecot.ts'
import { startWholeNode, type WholeNode } from '#testing/whole-node.ts'
import { person } from '../hostile/real-webmail.ts'
import { openBrowser, openScreen, screens, signIn } from './screens.ts'

const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
const crew = 'crew@example.test'

/** Received; a double space, a dot alone and an odd field must stay as they are. */
const original = [
  'From: Bob Builder <bob@elsewhere.test>',
  'To: Alice+Crew <alice+crew@example.test>',
  'Subject: The  mast',
  'Date: Sun, 22 Nov 2026 10:00:00 +0000',
  'Message-ID: <mast@elsewhere.test>',
  'X-Odd:   kept as it is',
  '',
  'It broke.',
  '.',
  'Really.',
  '',
]

const asking = [
  'From: Bob Builder <bob@elsewhere.test>',
  'To: The crew <alice+crew@example.test>',
  'Subject: Did you see it?',
  'Date: Sun, 22 Nov 2026 11:00:00 +0000',
  'Message-ID: <seen@elsewhere.test>',
  'Disposition-Notification-To: Bob <bob@elsewhere.test>',
  '',
  'Well?',
  '',
]

let dovecot: DovecotServer
let smtp: ScriptedSmtp
let node: WholeNode
let client: TestClient
let browser: Browser

before(async () => {
  dovecot = await startDovecot({ users: { [person.address]: person.password } })
  smtp = await startScriptedSmtp({ offers: ['PIPELINING', '8BITMIME', 'DSN'] })
  node = await startWholeNode({
    host: '127.0.0.1',
    imapPort: dovecot.imapPort,
    smtpPort: smtp.port,
    config: { submission: { identities: 'any' } },
  })
  client = await signInClient(node, person.address, person.password)
  await set('Settings', { update: { composing: { 'value/undoSeconds': 0 } } })
  const [own] = (await get('Identity')) as { id: string }[]
  await set('Identity', { update: { [own!.id]: { name: 'Alice', textSignature: 'Alice, at home' } } })
  const { created } = await set('Identity', {
    create: {
      crew: {
        name: 'The crew',
        email: 'alice+crew@example.test',
        replyTo: [{ name: 'Crew', email: crew }],
        bcc: [{ name: null, email: 'log@example.test' }],
        htmlSignature: '<p>For the <b>crew</b></p>',
        textSignature: 'For the crew',
      },
    },
  })
  assert.ok(created, 'the second identity')
  await receive(original)
  await receive(asking)
  browser = await openBrowser()
})
after(async () => {
  await browser?.close()
  await node?.stop()
  await smtp?.stop()
  await dovecot?.stop()
})

async function get(type: string, more: object = {}): Promise<unknown[]> {
  const [, { list }] = await client.call(`${type}/get`, { accountId: client.accountId, ...more })
  return list as unknown[]
}

async function set(type: string, what: object): Promise<Record<string, unknown>> {
  const [, answer] = await client.call(`${type}/set`, { accountId: client.accountId, ...what })
  for (const not of ['notCreated', 'notUpdated', 'notDestroyed']) assert.ok(!answer[not], JSON.stringify(answer[not]))
  return answer
}

async function mailboxId(role: string): Promise<string> {
  return ((await get('Mailbox')) as { id: string; role: string }[]).find((one) => one.role === role)!.id
}

async function emails(role: string): Promise<{ id: string; subject: string; keywords: Record<string, boolean> }[]> {
  const filter = { inMailbox: await mailboxId(role) }
  const [, { ids }] = await client.call('Email/query', { accountId: client.accountId, filter })
  return (await get('Email', { ids, properties: ['id', 'subject', 'keywords'] })) as never
}

async function receive(lines: readonly string[]): Promise<void> {
  const upload = await client.fetch(`/jmap/upload/${client.accountId}`, {
    method: 'POST',
    headers: { 'content-type': 'message/rfc822' },
    body: lines.join('\r\n'),
  })
  const { blobId } = (await upload.json()) as { blobId: string }
  const [, { created }] = await client.call('Email/import', {
    accountId: client.accountId,
    emails: { one: { blobId, mailboxIds: { [await mailboxId('inbox')]: true } } },
  })
  assert.ok((created as { one?: object } | null)?.one)
}

const composer = (page: Page) => page.locator('section[role=dialog]')
const editor = (page: Page) => page.locator('.ProseMirror')

async function write(page: Page, to: string, subject: string): Promise<void> {
  await page.keyboard.press('c')
  await composer(page).getByLabel('To', { exact: true }).fill(to)
  await page.keyboard.press('Enter')
  await composer(page).getByLabel('Subject').fill(subject)
  await editor(page).waitFor()
}

async function more(page: Page, ...items: readonly string[]): Promise<void> {
  for (const item of items) {
    await composer(page).getByRole('button', { name: 'More options' }).click()
    await page.getByRole('menu').getByText(item, { exact: true }).click()
  }
}

interface Left {
  readonly message: string
  /** Unfolded. */
  readonly header: string
  readonly mailFrom: string
  readonly rcptTo: readonly string[]
}

/** What left by SMTP while `act` ran and after it. */
async function whatLeaves(act: () => Promise<void>): Promise<Left> {
  const [messages, commands] = [smtp.messages.length, smtp.commands.length]
  await act()
  await eventually(
    () => smtp.messages.length,
    (count) => count > messages,
    'something is sent',
  )
  const message = smtp.messages[messages]!
  const said = smtp.commands.slice(commands)
  return {
    message,
    header: message.slice(0, message.indexOf('\r\n\r\n') + 2).replace(/\r\n[ \t]/g, ' '),
    mailFrom: said.find((line) => line.startsWith('MAIL'))!,
    rcptTo: said.filter((line) => line.startsWith('RCPT')),
  }
}

const send = (page: Page) =>
  whatLeaves(async () => {
    await page.keyboard.press('Control+Enter')
    await page.getByText('Message sent').waitFor()
  })

/** As a browser does it: the files and texts of the clipboard in one event. */
async function paste(page: Page, texts: Readonly<Record<string, string>>): Promise<void> {
  await editor(page).click()
  await editor(page).evaluate(
    (element, { bytes, given }) => {
      const data = new DataTransfer()
      data.items.add(new File([Uint8Array.fromBase64(bytes)], 'image.png', { type: 'image/png' }))
      for (const [type, value] of Object.entries(given)) data.setData(type, value)
      element.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }))
    },
    { bytes: png, given: texts },
  )
}

function onScreen(name: string, run: (page: Page) => Promise<void>, expected?: RegExp): void {
  test(name, async () => {
    const screen = await openScreen(browser, screens.wide, expected)
    await signIn(screen.page, node.url)
    await run(screen.page)
    await screen.close()
  })
}

onScreen('a pasted picture stands in the text, and goes as a part beside it', async (page) => {
  await write(page, 'bob@example.test', 'Picture')
  await paste(page, {})
  const image = editor(page).locator('img[data-cid]')
  await image.waitFor()
  await image.evaluate((one: HTMLImageElement) => one.decode())
  const { message } = await send(page)
  const text = message.replace(/=\r\n/g, '')
  const cid = /Content-ID: *<([^>]+)>/i.exec(message)?.[1]
  assert.ok(cid, message)
  assert.match(text, new RegExp(`<img[^>]* src=(3D)?"cid:${cid.replaceAll('.', '\\.')}"`))
  assert.doesNotMatch(text, /data-cid|jmap\/download/)
  assert.match(message, /Content-Type: multipart\/related/i)
  assert.match(message, /Content-Disposition: inline; filename="?image\.png/i)
  assert.ok(message.replaceAll('\r\n', '').includes(png))
})

onScreen('a pasted picture that was deleted from the text does not leave with it', async (page) => {
  await write(page, 'bob@example.test', 'No picture')
  await paste(page, {})
  await editor(page).locator('img[data-cid]').waitFor()
  await page.keyboard.press('Backspace')
  await editor(page).locator('img[data-cid]').waitFor({ state: 'detached' })
  await page.keyboard.type('Only words')
  const { message } = await send(page)
  assert.match(message, /Only words/)
  assert.doesNotMatch(message, /image\/png/)
})

onScreen(
  'a picture that arrives at the second try stands in the text as well',
  async (page) => {
    await page.route('**/jmap/upload/**', (route) => route.fulfill({ status: 400, body: '{}' }))
    await write(page, 'bob@example.test', 'Second try')
    await paste(page, {})
    const retry = composer(page).getByRole('button', { name: 'Try again' })
    await retry.waitFor()
    await page.unroute('**/jmap/upload/**')
    await retry.click()
    await editor(page).locator('img[data-cid]').waitFor()
    const { message } = await send(page)
    assert.match(message, /Content-Disposition: inline; filename="?image\.png/i)
  },
  /status of 400/,
)

onScreen(
  'a draft taken up again has its picture, its priority and the signature that can be exchanged',
  async (page) => {
    await write(page, 'bob@example.test', 'Taken up again')
    await paste(page, {})
    await editor(page).locator('img[data-cid]').waitFor()
    await more(page, 'Low priority')
    await composer(page).getByRole('button', { name: 'Save and close' }).click()
    await composer(page).waitFor({ state: 'detached' })
    await eventually(
      () => emails('drafts'),
      (list) => list.some(({ subject }) => subject === 'Taken up again'),
      'it is saved',
    )
    await page.goto(`${node.url}/mail/drafts`)
    await page.getByRole('row').filter({ hasText: 'Taken up again' }).first().click()
    const image = editor(page).locator('img[data-cid]')
    await image.evaluate((one: HTMLImageElement) => one.decode())
    await composer(page)
      .getByRole('button', { name: /Alice <alice@/ })
      .click()
    await page.getByRole('menu').getByText('The crew').click()
    await editor(page).locator('.mail-signature').getByText('For the crew').waitFor()
    const { message, header } = await send(page)
    assert.match(header, /^X-Priority: 5 \(Lowest\)\r$/m)
    assert.equal(message.match(/Content-Disposition: inline/gi)?.length, 1)
    assert.match(message, /src=(3D)?"cid:/)
    assert.doesNotMatch(message, /at home/)
    await eventually(
      () => emails('drafts'),
      (list) => !list.some(({ subject }) => subject === 'Taken up again'),
      'the draft goes once the copy is in Sent',
    )
  },
)

onScreen('a picture that is still on its way when the text becomes plain goes as a file', async (page) => {
  const arrives = Promise.withResolvers<void>()
  await page.route('**/jmap/upload/**', async (route) => {
    await arrives.promise
    await route.continue()
  })
  await write(page, 'bob@example.test', 'On its way')
  await paste(page, {})
  await more(page, 'Write plain text')
  arrives.resolve()
  await composer(page).getByRole('button', { name: 'Remove image.png' }).waitFor()
  const { message } = await send(page)
  assert.match(message, /Content-Disposition: attachment; filename="?image\.png/i)
})

onScreen('cells copied from a table are pasted as text, not as the picture that comes along', async (page) => {
  await write(page, 'bob@example.test', 'Cells')
  await paste(page, { 'text/html': '<p>wind and <b>tide</b></p>', 'text/plain': 'wind and tide' })
  await editor(page).getByText('wind and').waitFor()
  const { message } = await send(page)
  assert.match(message, /wind and tide/)
  assert.doesNotMatch(message, /image\/png/)
})

onScreen(
  'another identity brings its From, Reply-To, Bcc and signature, and takes the first one’s away',
  async (page) => {
    await write(page, 'bob@example.test', 'Identity')
    await editor(page).locator('.mail-signature').getByText('Alice, at home').waitFor()
    await composer(page)
      .getByRole('button', { name: /Alice <alice@/ })
      .click()
    await page.getByRole('menu').getByText('The crew').click()
    await editor(page).locator('.mail-signature').getByText('For the crew').waitFor()
    await composer(page).getByText('log@example.test').waitFor()
    await composer(page).getByText('Crew', { exact: true }).waitFor()
    const { message, header, mailFrom, rcptTo } = await send(page)
    assert.match(header, /^From: "?The crew"? <alice\+crew@example\.test>\r$/m)
    assert.match(header, /^Reply-To: "?Crew"? <crew@example\.test>\r$/m)
    assert.doesNotMatch(header, /^Bcc:|log@example/im)
    assert.match(message, /For the <b>crew<\/b>|For the <strong>crew<\/strong>/)
    assert.doesNotMatch(message, /at home/)
    assert.match(mailFrom, /<alice\+crew@example\.test>/)
    assert.deepEqual(
      rcptTo.map((line) => /<(.*)>/.exec(line)![1]),
      ['bob@example.test', 'log@example.test'],
    )
  },
)

onScreen('back to the first identity, nothing of the second one stays, in plain text as well', async (page) => {
  await write(page, 'bob@example.test', 'And back')
  await more(page, 'Write plain text')
  const choose = async (from: RegExp, to: string) => {
    await composer(page).getByRole('button', { name: from }).click()
    await page.getByRole('menu').getByText(to).click()
    await page.getByRole('menu').waitFor({ state: 'detached' })
  }
  await choose(/Alice <alice@/, 'The crew')
  await choose(/The crew </, 'Alice <alice@')
  const { message, header, rcptTo } = await send(page)
  assert.match(header, /^From: "?Alice"? <alice@example\.test>\r$/m)
  assert.doesNotMatch(header, /^Reply-To:/m)
  assert.equal(rcptTo.length, 1)
  assert.match(message, /at home/)
  assert.doesNotMatch(message, /the crew/)
})

onScreen('priority, a read receipt and delivery status are asked for in the header and the envelope', async (page) => {
  await write(page, 'bob@example.test', 'Urgent')
  await more(page, 'High priority', 'Ask for a read receipt', 'Tell me when it is delivered')
  const { header, mailFrom, rcptTo } = await send(page)
  assert.match(header, /^X-Priority: 1 \(Highest\)\r$/m)
  assert.match(header, /^Importance: high\r$/m)
  assert.match(header, /^Disposition-Notification-To: "?Alice"? <alice@example\.test>\r$/m)
  assert.match(mailFrom, / RET=HDRS\b/)
  assert.deepEqual(rcptTo, ['RCPT TO:<bob@example.test> NOTIFY=SUCCESS,FAILURE,DELAY'])
})

onScreen('a template gives its text, subject and recipients; the signature stays below it', async (page) => {
  const template = {
    name: 'Weekly',
    subject: 'The week',
    to: [{ name: null, email: 'team@example.test' }],
    bcc: [{ name: null, email: 'archive@example.test' }],
    textBody: 'All is well.\nNothing sank.',
    htmlBody: '<p>All is well.</p><p>Nothing <em>sank</em>.</p>',
  }
  await set('Template', { create: { one: template } })
  await page.reload()
  await page.getByRole('grid').waitFor()
  await page.keyboard.press('c')
  await editor(page).waitFor()
  await more(page, 'Weekly')
  await editor(page).getByText('All is well.').waitFor()
  const { message, header, rcptTo } = await send(page)
  assert.match(header, /^Subject: The week\r$/m)
  assert.match(header, /^To: team@example\.test\r$/m)
  assert.equal(rcptTo.length, 2)
  assert.match(message.replace(/=\r\n/g, ''), /All is well\.[\s\S]*<em>sank<\/em>[\s\S]*at home/)
})

onScreen('a message for tomorrow waits at the server, and comes back when it is called back', async (page) => {
  const sent = smtp.messages.length
  await write(page, 'bob@example.test', 'Tomorrow')
  await more(page, 'Send later')
  await page
    .getByRole('dialog', { name: 'Send later' })
    .getByRole('button', { name: /Tomorrow morning/ })
    .click()
  const morning = new Date()
  morning.setHours(32, 0, 0, 0)
  const told = morning.toLocaleString('en-GB', { dateStyle: 'full', timeStyle: 'short' })
  await page.getByText(`Will be sent ${told}`).waitFor()
  const waiting = (await get('EmailSubmission')) as { id: string; undoStatus: string; sendAt: string }[]
  const [one] = waiting.filter(({ undoStatus }) => undoStatus === 'pending')
  assert.equal(Date.parse(one!.sendAt), morning.getTime())
  await page.getByRole('button', { name: 'Undo' }).click()
  await composer(page).getByText('bob@example.test').waitFor()
  assert.equal(await composer(page).getByLabel('Subject').inputValue(), 'Tomorrow')
  const [called] = (await get('EmailSubmission', { ids: [one!.id] })) as { undoStatus: string }[]
  assert.equal(called!.undoStatus, 'canceled')
  assert.ok((await emails('drafts')).some(({ subject }) => subject === 'Tomorrow'))
  assert.equal(smtp.messages.length, sent)
  await composer(page).getByRole('button', { name: 'Discard the draft' }).click()
})

onScreen('a redirected message goes on octet by octet below Resent-* fields', async (page) => {
  await page.getByRole('row').filter({ hasText: 'The mast' }).first().click()
  await page.locator('article').getByRole('button', { name: 'More', exact: true }).click()
  await page.getByRole('menuitem', { name: 'Redirect' }).click()
  const dialog = page.getByRole('dialog', { name: 'Redirect the message' })
  await dialog.getByLabel('To', { exact: true }).fill('dan@example.test')
  const { message, header, mailFrom, rcptTo } = await whatLeaves(async () => {
    await dialog.getByRole('button', { name: 'Redirect' }).click()
    await page.getByText('Message redirected').waitFor()
  })
  const at = message.indexOf('From: Bob')
  assert.equal(message.slice(at), original.join('\r\n'))
  const resent = message.slice(0, at)
  assert.match(resent, /^Resent-From: .*alice\+crew@example\.test>?\r$/m, 'by the identity that it was sent to')
  assert.match(resent, /^Resent-To: dan@example\.test\r$/m)
  assert.match(resent, /^Resent-Date: \w{3}, \d/m)
  assert.match(resent, /^Resent-Message-ID: <[^@>]+@example\.test>\r$/m)
  assert.match(header, /^Message-ID: <mast@elsewhere\.test>\r$/m)
  assert.match(mailFrom, /<alice\+crew@example\.test>/)
  assert.deepEqual(rcptTo, ['RCPT TO:<dan@example.test>'])
  assert.ok((await emails('inbox')).some(({ subject }) => subject.includes('mast')))
})

onScreen('a read receipt is sent only when asked for, once, as a disposition notification', async (page) => {
  const sent = smtp.messages.length
  await page.getByRole('row').filter({ hasText: 'Did you see it?' }).first().click()
  await page.getByText('bob@elsewhere.test asks to be told').waitFor()
  assert.equal(smtp.messages.length, sent)
  const { message, header, mailFrom, rcptTo } = await whatLeaves(async () => {
    await page.getByRole('button', { name: 'Send a receipt' }).click()
    await page.getByText('The receipt was sent.').waitFor()
  })
  assert.match(header, /^Content-Type: multipart\/report;.*report-type="?disposition-notification/im)
  assert.match(header, /^From: .*alice\+crew@example\.test>?\r$/m)
  assert.match(message, /^Final-Recipient: rfc822; ?alice\+crew@example\.test\r$/im)
  assert.match(message, /^Original-Message-ID: <seen@elsewhere\.test>\r$/im)
  assert.match(message, /^Disposition: manual-action\/MDN-sent-manually; displayed\r$/im)
  assert.match(mailFrom, /^MAIL FROM:<>/)
  assert.deepEqual(
    rcptTo.map((line) => /<(.*?)>/.exec(line)![1]),
    ['bob@elsewhere.test'],
  )
  await eventually(
    () => emails('inbox'),
    (list) => list.some(({ subject, keywords }) => subject === 'Did you see it?' && keywords.$mdnsent === true),
    'the message is marked',
  )
  await page.reload()
  await page.locator('article').getByText('Well?').waitFor()
  assert.equal(await page.getByText('asks to be told').count(), 0)
})

onScreen('a reply in plain text has the quote once, also when it is formatted after all', async (page) => {
  await set('Settings', { update: { composing: { 'value/format': 'plain' } } })
  await page.reload()
  await page.getByRole('row').filter({ hasText: 'Did you see it?' }).first().click()
  await page.locator('article header').first().waitFor()
  await page.keyboard.press('r')
  await composer(page).getByRole('textbox', { name: 'Text of the message' }).waitFor()
  await more(page, 'Write formatted')
  await editor(page).waitFor()
  const { message } = await send(page)
  await set('Settings', { update: { composing: { 'value/format': 'html' } } })
  const html = message.slice(message.indexOf('Content-Type: text/html'))
  assert.equal(html.match(/Well\?/g)?.length, 1)
})

test('what the mail server cannot do is not offered: delivery status without DSN', async (t) => {
  const plain = await startScriptedSmtp()
  t.after(() => plain.stop())
  const other = await startWholeNode({ host: '127.0.0.1', imapPort: dovecot.imapPort, smtpPort: plain.port })
  t.after(() => other.stop())
  const screen = await openScreen(browser)
  await signIn(screen.page, other.url)
  await screen.page.keyboard.press('c')
  await composer(screen.page).getByRole('button', { name: 'More options' }).click()
  await screen.page.getByRole('menu').getByText('Ask for a read receipt').waitFor()
  assert.equal(await screen.page.getByText('Tell me when it is delivered').count(), 0)
  await screen.close()
})

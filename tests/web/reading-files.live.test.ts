// Attachments as they are looked at and saved, and what is said of a sender: over a whole node, with mail that says things about itself.

import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, before, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { base64, multipart, type PartSpec, single } from '../hostile/corpus/build-message.ts'
import { type RealWebmail, startRealWebmail } from '../hostile/real-webmail.ts'
import { assertAccessible, openBrowser, openScreen, screens } from './screens.ts'

let mail: RealWebmail
let browser: Browser

const attached = (type: string, name: string, content: string | Uint8Array): PartSpec => ({
  headers: [
    `Content-Type: ${type}`,
    `Content-Disposition: attachment; filename="${name}"`,
    'Content-Transfer-Encoding: base64',
  ],
  body: base64(content),
})
const shiftJis = Buffer.from('93fa967b8cea82cc95b68fcd', 'hex')
const drawing = `<svg xmlns="http://www.w3.org/2000/svg" width="80" height="60" onload="hostileMarker()"><script>hostileMarker()</script><rect width="80" height="60" fill="teal"/></svg>`
const text = { headers: ['Content-Type: text/plain; charset=utf-8'], body: 'See the files.' }

before(async () => {
  mail = await startRealWebmail({ config: { mailServers: { authservIds: 'MX.example.test' } } })
  const grace = 'Grace Hopper <grace@navy.example>'
  const found = (name: string, from: string, subject: string, headers: readonly string[]) =>
    single(name, 'text/plain; charset=utf-8', `About ${subject}`, { from, subject, headers })
  await mail.append([
    multipart(
      'files',
      'mixed',
      [
        text,
        attached('application/octet-stream; name="photo.bmp"', 'photo.bmp', bitmap(320, 200)),
        attached('application/pdf', 'plan.pdf', pdf('Harbour plan')),
        attached('text/plain; charset=shift_jis', 'note.txt', shiftJis),
        attached('text/html', 'note.txt', '<script>hostileMarker()</script>'),
        attached('image/svg+xml', 'sketch.svg', drawing),
        attached('application/zip', '../../con.zip', 'PK'),
      ],
      { subject: 'Files: a harbour', from: grace },
    ),
    found('good', 'Bank <service@bank.example>', 'Your statement', [
      'Authentication-Results: mx.example.test; dkim=pass header.d=bank.example;',
      '\tspf=pass smtp.mailfrom=mail.bank.example; dmarc=pass header.from=bank.example',
    ]),
    found('foreign', 'Bank <service@bank.example>', 'Praised by a stranger', [
      'Authentication-Results: mx.evil.example; dmarc=pass header.from=bank.example',
    ]),
    found('failing', 'Bank <service@bank.example>', 'Urgent transfer', [
      'Authentication-Results: mx.example.test; dmarc=fail header.from=bank.example',
      'Received: from evil.example by mx.example.test; Sun, 22 Nov 2026 10:00:00 +0000',
      'Authentication-Results: mx.example.test; dmarc=pass header.from=bank.example',
    ]),
    found('alike', 'Alice <alice@examp1e.test>', 'Our new account', []),
  ])
  browser = await openBrowser()
})
after(async () => {
  await browser?.close()
  await mail?.stop()
})

async function open(page: Page, subject: string): Promise<void> {
  await page.goto(`${mail.url}/mail/inbox`)
  await page.getByRole('row').filter({ hasText: subject }).first().click()
  await page.getByRole('heading', { name: subject }).waitFor()
}

test('files are looked at one after the other, none of them runs, and the focus returns', async () => {
  const { page, close } = await openScreen(browser)
  let hasRun = false
  await page.exposeFunction('hostileMarker', () => {
    hasRun = true
  })
  await mail.signIn(page)
  await open(page, 'Files: a harbour')
  const card = page.getByRole('button', { name: /^photo\.bmp \d/ })
  await card.click()
  const viewer = page.getByRole('dialog')
  const photo = viewer.getByRole('img', { name: 'photo.bmp' })
  await photo.waitFor()
  assert.deepEqual(await photo.evaluate((img: HTMLImageElement) => [img.naturalWidth, img.width]), [320, 320])
  await page.keyboard.press('+')
  await page.keyboard.press('+')
  await viewer.getByRole('button', { name: 'Zoom out' }).click()
  assert.equal(await photo.evaluate((img: HTMLImageElement) => img.width), 480)
  await assertAccessible(page, 'a picture')

  await page.keyboard.press('j')
  const firstPage = viewer.getByRole('group', { name: 'Page 1 of 1' })
  await firstPage.getByText('Harbour plan').waitFor()
  await page.waitForFunction(() => {
    const canvas = document.querySelector<HTMLCanvasElement>('[role=dialog] canvas')
    const dots = canvas?.width ? canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height).data : []
    return dots.some((value, at) => at % 4 === 0 && value < 100 && dots[at + 3] === 255)
  })
  await assertAccessible(page, 'a PDF')

  await page.keyboard.press('ArrowRight')
  await viewer.getByText('日本語の文章').waitFor()
  await page.keyboard.press('ArrowRight')
  await viewer.getByText('<script>hostileMarker()</script>').waitFor()
  await assertAccessible(page, 'a text')
  await viewer.getByRole('button', { name: 'Next attachment' }).click()
  const sketch = viewer.getByRole('img', { name: 'sketch.svg' })
  await sketch.waitFor()
  assert.match((await sketch.getAttribute('src')) ?? '', /^blob:/)
  await page.keyboard.press('j')
  await viewer.getByText('Files of this kind are not shown here.').waitFor()
  // A key of the list behind it, where it would archive.
  await page.keyboard.press('e')
  await page.keyboard.press('Escape')
  await viewer.waitFor({ state: 'detached' })
  assert.equal(await card.evaluate((button) => button === document.activeElement), true)
  assert.equal(hasRun, false, 'nothing of an attachment runs')
  await close()
})

test('all of them are saved as one zip, under names of their own, or none where one cannot be had', async () => {
  const { page, close } = await openScreen(browser, screens.phone, /note\.txt|Failed to fetch|ERR_FAILED/)
  await mail.signIn(page)
  await open(page, 'Files: a harbour')
  await assertAccessible(page, 'attachments on a phone')
  const status = page.locator('article').getByRole('status')
  let isDownloaded = false
  page.on('download', () => {
    isDownloaded = true
  })
  await page.route('**/note.txt*', (route) => route.abort())
  await page.getByRole('button', { name: 'Save all (.zip)' }).click()
  await status.getByText('“note.txt” could not be fetched, so nothing was saved.').waitFor()
  assert.equal(isDownloaded, false)
  await page.unroute('**/note.txt*')

  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Try again' }).click(),
  ])
  await status.getByText('All saved.').waitFor()
  assert.equal(download.suggestedFilename(), 'Files_ a harbour.zip')
  const files = unzip(await readFile(await download.path()))
  assert.deepEqual([...files.keys()], ['photo.bmp', 'plan.pdf', 'note.txt', 'note (2).txt', 'sketch.svg', '_con.zip'])
  assert.deepEqual(files.get('note.txt'), shiftJis)
  assert.equal(files.get('note (2).txt')?.toString(), '<script>hostileMarker()</script>')
  await close()
})

test('what the own mail server found is told, what others say of themselves is not', async () => {
  const { page, close } = await openScreen(browser, { ...screens.desktop, colorScheme: 'dark' })
  await mail.signIn(page)
  const message = page.locator('article')
  const authentic = message.getByText('Authenticated by bank.example')
  const failed = message.getByText('bank.example does not stand behind this message')

  await open(page, 'Your statement')
  await authentic.waitFor()
  await message.getByRole('button', { name: 'Show details' }).click()
  await message.getByText('SPF: pass (mail.bank.example)').waitFor()
  await message.getByText('Checked by mx.example.test').waitFor()
  assert.equal(await failed.count(), 0)

  await open(page, 'Praised by a stranger')
  await message.getByText('About Praised by a stranger').waitFor()
  assert.deepEqual([await authentic.count(), await failed.count()], [0, 0])

  await open(page, 'Urgent transfer')
  await failed.waitFor()
  assert.equal(await authentic.count(), 0)
  await assertAccessible(page, 'a message that may be forged')
  await close()
})

test('a domain that passes for one’s own, and an address never heard of, are told', async () => {
  const { page, close } = await openScreen(browser)
  await mail.signIn(page)
  const note = page.locator('article').getByRole('note')
  await open(page, 'Our new account')
  await note
    .getByText('The sender’s domain, examp1e.test, can be taken for example.test, but is another one.')
    .waitFor()
  await note.getByText('This is the first message from this address.').waitFor()
  // Three messages of one sender: none of them is the first that is heard of.
  await open(page, 'Urgent transfer')
  await note.getByText('does not stand behind').waitFor()
  await page.waitForLoadState('networkidle')
  assert.equal(await note.getByText('This is the first message').count(), 0)
  await close()
})

/** An uncompressed picture, half of it blue. */
function bitmap(width: number, height: number): Buffer {
  const row = width * 3
  const bytes = Buffer.alloc(54 + row * height, 0x60)
  bytes.fill(0, 0, 54)
  bytes.write('BM')
  bytes.writeUInt32LE(bytes.length, 2)
  bytes.writeUInt32LE(54, 10)
  bytes.writeUInt32LE(40, 14)
  bytes.writeInt32LE(width, 18)
  bytes.writeInt32LE(height, 22)
  bytes.writeUInt16LE(1, 26)
  bytes.writeUInt16LE(24, 28)
  for (let at = 54; at < 54 + row * (height / 2); at += 3) bytes[at] = 0xc0
  return bytes
}

/** One page with a line in a font that is not in it. */
function pdf(words: string): string {
  const content = `BT /F1 36 Tf 60 700 Td (${words}) Tj ET`
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>',
    `<< /Length ${content.length} >>\nstream\n${content}\nendstream`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
  ]
  let out = '%PDF-1.4\n'
  const offsets = objects.map((object, at) => {
    const offset = out.length
    out += `${at + 1} 0 obj\n${object}\nendobj\n`
    return `${String(offset).padStart(10, '0')} 00000 n \n`
  })
  const table = `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${offsets.join('')}`
  return `${out}${table}trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${out.length}\n%%EOF\n`
}

/** Of files that are stored as they are: by the directory at its end (APPNOTE §4.3.12). */
function unzip(bytes: Buffer): Map<string, Buffer> {
  const end = bytes.lastIndexOf(Buffer.from('PK\x05\x06'))
  const files = new Map<string, Buffer>()
  let at = bytes.readUInt32LE(end + 16)
  for (let left = bytes.readUInt16LE(end + 10); left > 0; left--) {
    assert.equal(bytes.readUInt32LE(at), 0x02014b50)
    assert.equal(bytes.readUInt16LE(at + 10), 0, 'stored')
    const [size, name, extra, comment] = [
      bytes.readUInt32LE(at + 24),
      ...[28, 30, 32].map((offset) => bytes.readUInt16LE(at + offset)),
    ] as [number, number, number, number]
    const local = bytes.readUInt32LE(at + 42)
    const start = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28)
    files.set(bytes.toString('utf8', at + 46, at + 46 + name), bytes.subarray(start, start + size))
    at += 46 + name + extra + comment
  }
  return files
}

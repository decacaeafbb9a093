import assert from 'node:assert/strict'
import { test } from 'node:test'
import { base64Corpus, hostileCorpus, mimeCorpus } from '#testing/mime-corpus.ts'
import { parseMessage } from './parse-message.ts'
import { applyEdits, editedSize, isProtected, replaceTexts, visibleTexts } from './replace-text.ts'

const crlf = (...lines: string[]) => lines.join('\r\n')

/** The message with `change` made of each visible text, through chunks of every size. */
async function changed(message: string, change: (text: string, type: string) => string): Promise<string> {
  const raw = Buffer.from(message, 'latin1')
  const root = parseMessage(raw)
  const texts = Object.fromEntries(visibleTexts(root).map(({ part, type, text }) => [part, change(text, type)]))
  const edits = replaceTexts(raw, root, texts)
  const results = new Set<string>()
  for (const size of raw.length < 2000 ? [1, 2, 3, 7, 64, raw.length] : [1000, raw.length]) {
    async function* chunks() {
      for (let at = 0; at < raw.length; at += size) yield raw.subarray(at, at + size)
    }
    const whole = Buffer.concat(await Array.fromAsync(applyEdits(chunks(), edits)))
    assert.equal(whole.length, editedSize(raw.length, edits))
    results.add(whole.toString('latin1'))
  }
  assert.equal(results.size, 1, 'the chunks make no difference')
  return [...results][0]!
}

const textsOf = (message: string) => visibleTexts(parseMessage(Buffer.from(message, 'latin1'))).map(({ text }) => text)

test('text is added to a plain message, and nothing else of it changes', async () => {
  const message = crlf('Subject: x', 'X-Odd:   kept', '', 'hello', '')
  assert.equal(await changed(message, (text) => `${text}-- \nFirm\n`), `${message}-- \r\nFirm\r\n`)
})

test('text that no longer fits the charset brings its encoding along', async () => {
  const message = crlf('Subject: x', 'Content-Type: text/plain; charset=us-ascii; format=flowed', '', 'hello', '')
  const after = await changed(message, (text) => `${text}Grüße\n`)
  assert.match(
    after,
    /charset=utf-8; format=flowed\r\nContent-Transfer|Content-Transfer-Encoding: quoted-printable\r\n/,
  )
  assert.deepEqual(textsOf(after), ['hello\nGrüße\n'])
})

test('a message without any MIME field gets those that its new text needs', async () => {
  const after = await changed(crlf('Subject: x', '', 'hello', ''), (text) => `${text}Grüße\n`)
  assert.deepEqual(textsOf(after), ['hello\nGrüße\n'])
})

test('both parts of an alternative change, attachments and quoted-printable lines before the change stay', async () => {
  const message = crlf(
    'Content-Type: multipart/mixed; boundary=m',
    '',
    '--m',
    'Content-Type: multipart/alternative; boundary=a',
    '',
    '--a',
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: quoted-printable',
    '',
    'f=C3=BCr dich =E2=80=94 soft =',
    'break',
    '--a',
    'Content-Type: text/html; charset=utf-8',
    'Content-Transfer-Encoding: base64',
    '',
    Buffer.from('<html><body><p>für dich</p></body></html>').toString('base64'),
    '--a--',
    '--m',
    'Content-Type: text/plain; charset=utf-8',
    'Content-Disposition: attachment; filename=a.txt',
    '',
    'an attachment',
    '--m--',
    '',
  )
  const after = await changed(message, (text, type) =>
    type === 'text/html' ? text.replace('</body>', '<p>Änd</p></body>') : `${text}\nÄnd`,
  )
  assert.deepEqual(textsOf(after), [
    'für dich — soft break\nÄnd',
    '<html><body><p>für dich</p><p>Änd</p></body></html>',
  ])
  assert.ok(after.includes('\r\n\r\nan attachment\r\n--m--'))
})

test('in whatever is taken for a message the new text is read as it was meant', async () => {
  for (const [name, message] of Object.entries({ ...mimeCorpus, ...base64Corpus, ...hostileCorpus })) {
    if (isProtected(parseMessage(Buffer.from(message, 'latin1')))) continue
    for (const footer of ['\nplain\n', '\nGrüße, 漢字\n']) {
      const wanted = textsOf(message).map((text) => asRead(text + footer))
      assert.deepEqual(textsOf(await changed(message, (text) => text + footer)).map(asRead), wanted, name)
    }
  }
})
const asRead = (text: string) => text.replace(/\r\n?/g, '\n').trimEnd()

test('an unchanged text is no edit', () => {
  const raw = Buffer.from(crlf('Subject: x', '', 'hello', ''))
  const root = parseMessage(raw)
  assert.deepEqual(replaceTexts(raw, root, { '1': visibleTexts(root)[0]!.text }), [])
})

test('what is signed or encrypted is known as such', () => {
  const is = (...lines: string[]) => isProtected(parseMessage(Buffer.from(crlf(...lines))))
  const signed = [
    'Content-Type: multipart/signed; boundary=s',
    '',
    '--s',
    '',
    'x',
    '--s',
    'Content-Type: application/pgp-signature',
    '',
    'y',
    '--s--',
  ]
  assert.equal(is(...signed), true)
  assert.equal(is('Content-Type: application/pkcs7-mime; smime-type=enveloped-data', '', 'x'), true)
  assert.equal(is('Subject: x', '', '-----BEGIN PGP SIGNED MESSAGE-----', 'x'), true)
  assert.equal(is('Subject: x', '', 'about signatures'), false)
})

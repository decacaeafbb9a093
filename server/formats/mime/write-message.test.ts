import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeCharset } from './charset.ts'
import { readHeader } from './header-forms.ts'
import type { MimePart } from './mime-part.ts'
import { parseMessage } from './parse-message.ts'
import { decodeTransfer } from './transfer.ts'
import { type HeaderToWrite, writeHeader } from './write-header.ts'
import { type PartToWrite, planMessage } from './write-message.ts'

async function written(headers: readonly HeaderToWrite[], body: PartToWrite) {
  const planned = await planMessage({ headers, body })
  const chunks: Uint8Array[] = []
  for await (const chunk of planned.write()) chunks.push(chunk)
  const raw = Buffer.concat(chunks)
  assert.equal(raw.length, planned.size, 'the size is known beforehand')
  assert.ok(!/(?<!\r)\n|\r(?!\n)/.test(raw.toString('latin1')), 'lines end in CRLF alone')
  return { raw, root: parseMessage(raw) }
}

const part = (over: Partial<PartToWrite>): PartToWrite => ({
  type: 'text/plain',
  charset: null,
  disposition: null,
  name: null,
  cid: null,
  language: null,
  location: null,
  headers: [],
  content: { kind: 'text', text: '' },
  ...over,
})
const text = (value: string): PartToWrite => part({ content: { kind: 'text', text: value } })
const blob = (bytes: Buffer, piece = 10) => ({
  size: bytes.length,
  open: async () =>
    (async function* () {
      for (let at = 0; at < bytes.length; at += piece) yield bytes.subarray(at, at + piece)
    })(),
})
const textOf = (of: MimePart) => decodeCharset(decodeTransfer(of.content!, of.encoding).bytes, of.charset).text

test('every header form comes back as it went in', async () => {
  const values: readonly HeaderToWrite[] = [
    { name: 'Subject', form: 'Text', value: `Grüße  und =?utf-8?q?nothing?= ${'lang '.repeat(60)}ende 😀` },
    { name: 'X-Plain', form: 'Text', value: 'two  spaces and "quotes" (kept)' },
    { name: 'From', form: 'Addresses', value: [{ name: 'Jörg "J." Müller', email: 'j@x.test' }] },
    { name: 'Sender', form: 'Addresses', value: [{ name: 'Smith, John \\ "X"', email: '"a b"@x.test' }] },
    {
      name: 'To',
      form: 'Addresses',
      value: Array.from({ length: 40 }, (_, index) => ({ name: `Person ${index}`, email: `p${index}@example.test` })),
    },
    {
      name: 'Cc',
      form: 'GroupedAddresses',
      value: [
        { name: null, addresses: [{ name: null, email: 'a@b' }] },
        { name: 'Group: ü', addresses: [{ name: 'C', email: 'c@d' }] },
        { name: 'Empty', addresses: [] },
      ],
    },
    { name: 'References', form: 'MessageIds', value: ['a@b', 'c@d'] },
    { name: 'List-Help', form: 'URLs', value: ['http://example.net', `http://example.org/${'a'.repeat(35)}`] },
    { name: 'Date', form: 'Date', value: '2018-08-30T12:00:59-04:00' },
  ]
  const { root } = await written(values, text('x'))
  for (const { name, form, value } of values) {
    assert.deepEqual(readHeader(root.fields!, { field: name, form, all: false }), value, name)
  }
})

test('raw values stand as given, with the space that every reader expects', () => {
  assert.equal(writeHeader({ name: 'X', form: 'Raw', value: 'a' }), 'X: a\r\n')
  assert.equal(writeHeader({ name: 'X', form: 'Raw', value: ' a\r\n\tb' }), 'X: a\r\n\tb\r\n')
  assert.equal(writeHeader({ name: 'X', form: 'Raw', value: 'ü' }), 'X: =?UTF-8?B?w7w=?=\r\n')
  assert.equal(
    writeHeader({ name: 'X-Foo', form: 'URLs', value: ['http://example.net', `http://example.org/${'a'.repeat(35)}`] }),
    `X-Foo: <http://example.net>,\r\n <http://example.org/${'a'.repeat(35)}>\r\n`,
  )
  assert.equal(
    writeHeader({ name: 'Cc', form: 'Addresses', value: [{ name: 'Foo bar', email: 'f@x' }] }),
    'Cc: "Foo bar" <f@x>\r\n',
  )
})

test('no value injects a field or a body', async () => {
  const evil = [
    'x\r\nBcc: evil@x',
    'x\nBcc: evil@x',
    'x\rBcc: evil@x',
    'x\r\n\r\nbody',
    'x\0y',
    '\r\n \r\nBcc: e',
    'x\r\n',
  ]
  const attempts = evil.flatMap((value): HeaderToWrite[] => [
    { name: 'X', form: 'Raw', value },
    { name: 'X', form: 'Text', value },
    { name: 'X', form: 'Addresses', value: [{ name: value, email: 'a@b' }] },
    { name: 'X', form: 'Addresses', value: [{ name: null, email: value }] },
    { name: 'X', form: 'GroupedAddresses', value: [{ name: value, addresses: [{ name: value, email: value }] }] },
    { name: 'X', form: 'MessageIds', value: [value] },
    { name: 'X', form: 'URLs', value: [value] },
    { name: 'X', form: 'Date', value },
    { name: value, form: 'Raw', value: 'x' },
  ])
  for (const attempt of attempts) {
    let line: string
    try {
      line = writeHeader(attempt)
    } catch (error) {
      assert.equal((error as { code?: string }).code, 'badInput')
      continue
    }
    const fields = parseMessage(Buffer.from(`${line}\r\nbody`)).fields!
    assert.deepEqual(
      fields.map((field) => field.name),
      ['X'],
      JSON.stringify(attempt),
    )
  }
  const names = evil.map((name) => part({ name, disposition: 'attachment', content: { kind: 'text', text: 'x' } }))
  for (const named of names) {
    const { root } = await written([], named)
    assert.ok(root.fields!.every((field) => /^(mime-version|content-)/i.test(field.name)))
    assert.equal(textOf(root), 'x')
  }
})

test('a tree of texts, blobs and a message is written and read back', async () => {
  const inner = Buffer.from('Subject: in\nX: \xe4\n\nbody\n', 'latin1')
  const image = Buffer.from(Array.from({ length: 1000 }, (_, index) => index % 251))
  const { root } = await written([{ name: 'Subject', form: 'Text', value: 'Tree' }], {
    ...part({ type: 'multipart/mixed' }),
    content: {
      kind: 'multipart',
      parts: [
        part({
          type: 'multipart/alternative',
          content: {
            kind: 'multipart',
            parts: [text('line one\nlíne two'), part({ type: 'text/html', content: { kind: 'text', text: '<p>x' } })],
          },
        }),
        part({
          type: 'image/png',
          name: 'Bild „ä“ mit einem sehr langen Namen, der umbrochen werden muss.png',
          disposition: 'inline',
          cid: 'c1@x',
          language: ['de', 'en'],
          location: 'https://x.test/ä b',
          content: { kind: 'blob', blob: blob(image, 7) },
        }),
        part({ type: 'message/rfc822', content: { kind: 'blob', blob: blob(inner, 1) } }),
      ],
    },
  })
  const [alternative, picture, message] = root.children!
  assert.equal(root.type, 'multipart/mixed')
  assert.deepEqual(alternative!.children!.map(textOf), ['line one\r\nlíne two', '<p>x'])
  assert.deepEqual(
    alternative!.children!.map((child) => child.charset),
    ['utf-8', 'us-ascii'],
  )
  assert.equal(picture!.name, 'Bild „ä“ mit einem sehr langen Namen, der umbrochen werden muss.png')
  assert.equal(picture!.disposition, 'inline')
  assert.equal(picture!.cid, 'c1@x')
  assert.deepEqual(picture!.language, ['de', 'en'])
  assert.equal(picture!.location, 'https://x.test/%C3%A4%20b')
  assert.deepEqual(Buffer.from(decodeTransfer(picture!.content!, picture!.encoding).bytes), image)
  assert.equal(message!.encoding, '8bit')
  assert.equal(Buffer.from(message!.content!).toString('latin1'), 'Subject: in\r\nX: \xe4\r\n\r\nbody\r\n')
})

test('text survives whatever is in it', async () => {
  const values = [
    '',
    'a',
    'From here\nFrom there',
    ' trailing \n\ttabs\t\n.\n..\n',
    'x'.repeat(5000),
    'ü'.repeat(3000),
    '日本語のテキスト'.repeat(50),
    '\u0000\u0001\u007f',
    'a\r\nb\nc',
    '=41 = not encoded',
  ]
  for (const value of values) {
    const { root } = await written([], text(value))
    assert.equal(textOf(root).replaceAll('\r\n', '\n'), value.replaceAll('\r\n', '\n'))
  }
})

test('a blob of another size than it promised ends in a failure, not in a message', async () => {
  for (const size of [99, 101]) {
    const lying = { ...blob(Buffer.alloc(100)), size }
    const planned = await planMessage({
      headers: [],
      body: part({ type: 'image/png', content: { kind: 'blob', blob: lying } }),
    })
    await assert.rejects(
      async () => {
        for await (const _ of planned.write());
      },
      { code: 'blobMissing' },
    )
  }
})

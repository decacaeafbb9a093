import assert from 'node:assert/strict'
import { test } from 'node:test'
// @ts-expect-error mailsplit has no types.
import { Splitter } from 'mailsplit'
import { mimeCorpus } from '#testing/mime-corpus.ts'
import { decodeCharset } from './charset.ts'
import { fuzzMime } from './mime.fuzz.ts'
import { type MimePart, walkParts } from './mime-part.ts'
import { parseMessage } from './parse-message.ts'
import { htmlToText, previewOf } from './preview.ts'
import { decodeTransfer, openTransferDecoder } from './transfer.ts'

const crlf = (...lines: readonly string[]) => Buffer.from(lines.join('\r\n'), 'latin1')
const outline = (part: MimePart): string =>
  part.children ? `${part.type}(${part.children.map(outline).join(' ')})` : `${part.section}:${part.type}`
const contents = (part: MimePart) =>
  [...walkParts(part)].filter((leaf) => !leaf.children).map((leaf) => Buffer.from(leaf.content!).toString('latin1'))

test('parts are numbered as IMAP numbers them', () => {
  const raw = crlf(
    'Content-Type: multipart/mixed; boundary="a"',
    '',
    'preamble',
    '--a',
    'Content-Type: multipart/alternative; boundary=ab',
    '',
    '--ab',
    '',
    'plain',
    '--ab  ',
    'Content-Type: text/html',
    '',
    'html',
    '--ab--',
    'between',
    '--a',
    'Content-Type: message/rfc822',
    '',
    'Content-Type: multipart/mixed; boundary=in',
    '',
    '--in',
    '',
    'inner',
    '--in--',
    '--a--',
    'epilogue',
  )
  const root = parseMessage(raw)
  assert.equal(outline(root), 'multipart/mixed(multipart/alternative(1.1:text/plain 1.2:text/html) 2:message/rfc822)')
  assert.deepEqual(contents(root).slice(0, 2), ['plain', 'html'])
  const inner = parseMessage(root.children![1]!.content!, '2')
  assert.equal(outline(inner), 'multipart/mixed(2.1:text/plain)')
  assert.equal(outline(parseMessage(crlf('Subject: x', '', 'y'), '2')), '2.1:text/plain')
})

test('no octet meant for a reader is lost, whatever is wrong with the boundaries', () => {
  const cases: [string, Buffer, string, readonly string[]][] = [
    ['no empty line', crlf('Subject: x'), '1:text/plain', ['']],
    ['no header', crlf('', 'body'), '1:text/plain', ['body']],
    ['no boundary parameter', crlf('Content-Type: multipart/mixed', '', 'text'), '1:text/plain', ['text']],
    [
      'no boundary parameter, one in the body',
      crlf('Content-Type: multipart/mixed', '', '--x', '', 'one', '--x--'),
      'multipart/mixed(1:text/plain)',
      ['one'],
    ],
    ['boundary never met', crlf('Content-Type: multipart/mixed; boundary=x', '', 'text'), '1:text/plain', ['text']],
    [
      'no closing delimiter',
      crlf('Content-Type: multipart/mixed; boundary=x', '', '--x', '', 'one', '--x', '', 'two'),
      'multipart/mixed(1:text/plain 2:text/plain)',
      ['one', 'two'],
    ],
    [
      'the inner multipart is not closed',
      crlf(
        'Content-Type: multipart/mixed; boundary=x',
        '',
        '--x',
        'Content-Type: multipart/related; boundary=y',
        '',
        '--y',
        '',
        'one',
        '--x',
        '',
        'two',
      ),
      'multipart/mixed(multipart/related(1.1:text/plain) 2:text/plain)',
      ['one', 'two'],
    ],
    [
      'one boundary is the beginning of the other',
      crlf(
        'Content-Type: multipart/mixed; boundary=x',
        '',
        '--x',
        'Content-Type: multipart/related; boundary=xy',
        '',
        '--xy',
        '',
        'one',
        '--xy',
        '',
        'two',
        '--xy--',
        '--x',
        '',
        'three',
        '--x--',
      ),
      'multipart/mixed(multipart/related(1.1:text/plain 1.2:text/plain) 2:text/plain)',
      ['one', 'two', 'three'],
    ],
    [
      'the header ends at a delimiter',
      crlf('Content-Type: multipart/mixed; boundary=x', '', '--x', 'Content-Type: text/html', '--x', '', 'two'),
      'multipart/mixed(1:text/html 2:text/plain)',
      ['', 'two'],
    ],
    [
      'bare line feeds',
      Buffer.from('Content-Type: multipart/mixed; boundary=x\n\n--x\n\none\n--x--\n'),
      'multipart/mixed(1:text/plain)',
      ['one'],
    ],
    [
      'a digest',
      crlf('Content-Type: multipart/digest; boundary=x', '', '--x', '', 'S: y'),
      'multipart/digest(1:message/rfc822)',
      ['S: y'],
    ],
    ['a type that is none', crlf('Content-Type: nonsense', '', 'x'), '1:text/plain', ['x']],
    ['NUL and 8-bit', Buffer.from('\0: \xff\r\n\r\n\0'), '1:text/plain', ['\0']],
    ['nothing at all', Buffer.alloc(0), '1:text/plain', ['']],
  ]
  for (const [name, raw, expected, texts] of cases) {
    const root = parseMessage(raw)
    assert.equal(outline(root), expected, name)
    assert.deepEqual(contents(root), texts, name)
  }
})

test('mailsplit, where it loses nothing, finds the same leaves', async () => {
  const disagree: string[] = []
  for (const [name, raw] of Object.entries(mimeCorpus)) {
    const bytes = Buffer.from(raw, 'latin1')
    const theirs = await new Promise<number>((resolve, reject) => {
      let leaves = 0
      const splitter = new Splitter()
      splitter.on('data', (data: { readonly type: string; readonly multipart?: unknown }) => {
        if (data.type === 'node' && !data.multipart) leaves++
      })
      splitter.on('end', () => resolve(leaves)).on('error', reject)
      splitter.end(bytes)
    })
    if (theirs !== contents(parseMessage(bytes)).length) disagree.push(name)
  }
  // It does not know white space after a boundary (RFC 2046 §5.1.1), nor that an outer delimiter ends what is inside.
  assert.deepEqual(disagree, ['inner not closed', 'padding after the boundary'])
})

test('nesting past the limit ends in a leaf that keeps the rest', () => {
  let raw = 'deepest'
  for (let depth = 300; depth > 0; depth--) {
    raw = `Content-Type: multipart/mixed; boundary=b${depth}.\r\n\r\n--b${depth}.\r\n${raw}\r\n--b${depth}.--\r\n`
  }
  const leaves = contents(parseMessage(Buffer.from(raw)))
  assert.equal(leaves.length, 1)
  assert.match(leaves[0]!, /deepest/)
})

test('more parts than the limit end in a part that keeps the rest', () => {
  const raw = `Content-Type: multipart/mixed; boundary=x\r\n\r\n${'--x\r\n\r\npart\r\n'.repeat(50)}last`
  const leaves = contents(parseMessage(Buffer.from(raw), '', { maxDepth: 10, maxParts: 10 }))
  assert.equal(leaves.length, 9)
  assert.match(leaves.at(-1)!, /last$/)
})

test('hostile shapes take time in proportion to their size', () => {
  const start = performance.now()
  parseMessage(Buffer.from(`Content-Type: multipart/mixed; boundary=x\r\n\r\n${'\n--'.repeat(300_000)}`))
  parseMessage(Buffer.from(`${'X: y\r\n'.repeat(100_000)}\r\n`))
  parseMessage(Buffer.from(`Content-Type: text/plain; ${'a=('.repeat(100_000)}\r\n\r\n`))
  htmlToText('<style>'.repeat(100_000))
  htmlToText('<a b="'.repeat(100_000))
  // A bound on blow-up, not a benchmark: quadratic work on these takes minutes.
  assert.ok(performance.now() - start < 20_000)
})

test('names come from RFC 2231, from encoded words, and from Content-Type', () => {
  const name = (...fields: readonly string[]) => parseMessage(crlf(...fields, '', '')).name
  assert.equal(
    name('Content-Disposition: attachment; filename*0*=utf-8\'de\'Gr%C3%BC; filename*1="ße.txt"'.replace('ße', 'sse')),
    'Grüsse.txt',
  )
  assert.equal(name("Content-Disposition: attachment; filename*=ISO-8859-1''%e4.pdf; filename=a.pdf"), 'ä.pdf')
  assert.equal(name('Content-Disposition: attachment; filename="=?utf-8?Q?=C3=A4?=.pdf"'), '=?utf-8?Q?=C3=A4?=.pdf')
  assert.equal(name('Content-Disposition: attachment; filename="=?utf-8?Q?=C3=A4.pdf?="'), 'ä.pdf')
  assert.equal(name('Content-Type: image/png; name="a;b\\"c.png"'), 'a;b"c.png')
  assert.equal(name('Content-Disposition: attachment; filename="x\x01\x00y"'), 'xy')
})

test('a charset is told for text alone, and us-ascii where none is named', () => {
  const charset = (...fields: readonly string[]) => parseMessage(crlf(...fields, '', '')).charset
  assert.equal(charset('Subject: x'), 'us-ascii')
  assert.equal(charset('Content-Type: text/html'), 'us-ascii')
  assert.equal(charset('Content-Type: text/html; charset="UTF-8"'), 'UTF-8')
  assert.equal(charset('Content-Type: image/png'), null)
})

test('charsets of the world, and those that nobody knows', () => {
  const decode = (bytes: number[] | string, charset: string | null) =>
    decodeCharset(Buffer.from(bytes as string, 'latin1'), charset)
  assert.deepEqual(decode('\xe4', 'iso-8859-1'), { text: 'ä', isProblem: false })
  assert.deepEqual(decode('+AOQ-', 'utf-7'), { text: 'ä', isProblem: false })
  assert.deepEqual(decode('\x84', 'ibm437'), { text: 'ä', isProblem: false })
  assert.deepEqual(decode('\xfe\xff\x00\xe4', 'utf-16'), { text: 'ä', isProblem: false })
  assert.deepEqual(decode('\xc3\xa4', 'no-such-thing'), { text: 'ä', isProblem: true })
  assert.deepEqual(decode('\xc3\xa4', null), { text: 'ä', isProblem: false })
  assert.deepEqual(decode('a\xff', 'utf-8'), { text: 'a\ufffd', isProblem: true })
  assert.deepEqual(decode('x', '__proto__'), { text: 'x', isProblem: true })
  assert.equal(decode('aGk=', 'base64').text, 'aGk=')
})

test('transfer decodings survive what is malformed, and give the same in pieces as whole', () => {
  const cases: [string, string, string, boolean][] = [
    ['base64', 'YWJj\r\nZGVm!!Z2hp', 'abcdefghi', true],
    ['base64', 'YQ==\r\nYg==', 'ab', false],
    ['base64', 'YWI', 'ab', false],
    ['base64', 'YWJjZ', 'abc', true],
    ['quoted-printable', 'a=3Db=\r\nc  \r\nd=', 'a=bc\r\nd', false],
    ['quoted-printable', 'a=  \r\nb=ZZ=c3=a4', 'ab=ZZ\xc3\xa4', true],
    ['x-uuencode', 'begin 644 x\r\n#86)C\r\n`\r\nend\r\n', 'abc', false],
    ['rot13', 'abc', 'abc', true],
  ]
  for (const [encoding, encoded, decoded, isProblem] of cases) {
    const whole = decodeTransfer(Buffer.from(encoded, 'latin1'), encoding)
    assert.equal(Buffer.from(whole.bytes).toString('latin1'), decoded)
    assert.equal(whole.isProblem, isProblem, encoded)
    for (const size of [1, 2, 3, 5]) {
      const decoder = openTransferDecoder(encoding)
      const out: Uint8Array[] = []
      for (let at = 0; at < encoded.length; at += size) {
        out.push(Buffer.from(decoder.push(Buffer.from(encoded.slice(at, at + size), 'latin1'))))
      }
      out.push(decoder.end())
      assert.equal(Buffer.concat(out).toString('latin1'), decoded, `${encoded} by ${size}`)
    }
  }
})

test('long base64 decodes the same in pieces of any size', () => {
  const bytes = Buffer.from(Array.from({ length: 20_000 }, (_, index) => (index * 31) % 256))
  const encoded = Buffer.from(bytes.toString('base64').replace(/.{1,76}/g, '$&\r\n'))
  for (const size of [257, 300, 1001, 4096, 30_000]) {
    const decoder = openTransferDecoder('base64')
    const out: Uint8Array[] = []
    for (let at = 0; at < encoded.length; at += size)
      out.push(Buffer.from(decoder.push(encoded.subarray(at, at + size))))
    out.push(decoder.end())
    assert.ok(Buffer.concat(out).equals(bytes), `by ${size}`)
    assert.equal(decoder.isProblem, false)
  }
})

test('a preview is the text one would read first', () => {
  assert.equal(
    previewOf(
      '<html><head><title>t</title><style>p{}</style></head><p>Hi&nbsp;<b>th</b>ere</p><!-- x --><br>A &lt; B &#8364;',
      'text/html',
    ),
    'Hi there A < B €',
  )
  assert.equal(previewOf(`a \u200b\u034f b\r\n\r\nc${'x'.repeat(400)}`, 'text/plain').length, 256)
  assert.equal(previewOf(`${'x'.repeat(255)}😀`, 'text/plain').length, 255)
})

test('2 s of mutated messages neither throw nor hang nor lose their bounds', () => {
  assert.ok(fuzzMime(2000, 20261122) > 100)
})

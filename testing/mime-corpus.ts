// Messages of every shape that a MIME reader meets, well-formed and not, by name: for tests that compare two ways of reading.

const crlf = (...lines: readonly string[]) => lines.join('\r\n')
const mixed = (boundary: string, ...parts: readonly string[]) =>
  crlf(
    'From: a@example.test',
    'Subject: Corpus',
    'MIME-Version: 1.0',
    `Content-Type: multipart/mixed; boundary="${boundary}"`,
    '',
    ...parts,
  )
const base64 = (text: string, width = 76) =>
  Buffer.from(text)
    .toString('base64')
    .replace(new RegExp(`.{1,${width}}`, 'g'), '$&\r\n')
    .trimEnd()

const pdf = (body: string) => `--m\r\nContent-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n${body}`
const pdfs = (...bodies: readonly string[]) => mixed('m', '--m\r\n\r\ntext', ...bodies.map(pdf), '--m--\r\n')

function nested(depth: number): string {
  let raw = 'Content-Type: text/plain\r\n\r\ndeepest'
  for (let level = depth; level > 0; level--) {
    raw = crlf(`Content-Type: multipart/mixed; boundary="n${level}."`, '', `--n${level}.`, raw, `--n${level}.--`, '')
  }
  return `Subject: nested\r\n${raw}`
}

/** Latin-1 strings: one character is one octet. */
export const mimeCorpus: Readonly<Record<string, string>> = {
  plain: 'Subject: x\r\n\r\nHello\r\n',
  'no body': 'Subject: x\r\n\r\n',
  html: 'Subject: x\r\nContent-Type: text/html; charset="UTF-8"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n<p>=C3=A4=\r\n</p>\r\n',
  'base64 in odd lines': `Content-Type: application/pdf; name="a.pdf"\r\nContent-Transfer-Encoding: BASE64\r\n\r\n${base64('x'.repeat(500), 61)}\r\n`,
  'base64 with rubbish':
    'Content-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\nYWJj!!\r\nZGVm\r\n=\r\nZw==\r\n',
  'unknown charset': 'Content-Type: text/plain; charset=x-nobody-knows\r\n\r\n\xe4\xf6\r\n',
  'wrong charset': 'Content-Type: text/plain; charset=utf-8\r\n\r\n\xe4\xf6\r\n',
  'unknown encoding': 'Content-Type: text/plain\r\nContent-Transfer-Encoding: x-rot13\r\n\r\nabc\r\n',
  'uuencode as encoding':
    'Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: x-uuencode\r\n\r\nbegin 644 f\r\n#86)C\r\n`\r\nend\r\n',
  '8-bit header': 'Subject: Gr\xfc\xdfe\r\nFrom: J\xf6rg <j@x>\r\n\r\nx\r\n',
  'format flowed':
    'Content-Type: text/plain; format=flowed; delsp=yes\r\n\r\n> quoted \r\n> text\r\nsoft \r\nbreak\r\n',
  alternative: mixed(
    'm',
    '--m',
    'Content-Type: multipart/alternative; boundary=alt',
    '',
    '--alt',
    'Content-Type: text/plain; charset=iso-8859-1',
    'Content-Transfer-Encoding: quoted-printable',
    '',
    'Gr=FC=DFe',
    '--alt',
    'Content-Type: multipart/related; boundary=rel; type="text/html"',
    '',
    '--rel',
    'Content-Type: text/html; charset=utf-8',
    '',
    '<img src="cid:p@x">',
    '--rel',
    'Content-Type: image/png; name="p.png"',
    'Content-ID: <p@x>',
    'Content-Disposition: inline; filename="p.png"',
    'Content-Location: http://x.test/p.png',
    'Content-Language: de, en',
    'Content-Transfer-Encoding: base64',
    '',
    base64('picture'),
    '--rel--',
    '--alt--',
    '--m--',
    '',
  ),
  names: mixed(
    'm',
    '--m\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename*0*=utf-8\'\'%C3%A4; filename*1=".pdf"\r\n\r\n1',
    '--m\r\nContent-Type: application/pdf; name="=?utf-8?Q?=C3=B6.pdf?="\r\n\r\n2',
    "--m\r\nContent-Type: application/pdf; name*=iso-8859-1'de'%fc.pdf\r\nContent-Disposition: ATTACHMENT\r\n\r\n3",
    '--m\r\nContent-Type: application/pdf; name="a\\"b;c.pdf"\r\nContent-Disposition: attachment; filename=unquoted.pdf\r\n\r\n4',
    '--m--\r\n',
  ),
  message: mixed(
    'm',
    '--m\r\n\r\nsee below',
    '--m\r\nContent-Type: message/rfc822\r\nContent-Disposition: attachment; filename=in.eml\r\n\r\nSubject: inner\r\n\r\ninner',
    '--m--\r\n',
  ),
  digest: crlf(
    'Content-Type: multipart/digest; boundary=d',
    '',
    '--d',
    '',
    'Subject: one',
    '',
    'x',
    '--d',
    '',
    'Subject: two',
    '',
    'y',
    '--d--',
    '',
  ),
  'no closing boundary': mixed('m', '--m\r\n\r\none', '--m\r\nContent-Type: text/html\r\n\r\ntwo'),
  'inner not closed': mixed(
    'm',
    '--m\r\nContent-Type: multipart/related; boundary=inner\r\n\r\n--inner\r\n\r\none',
    '--m\r\n\r\ntwo',
    '--m--\r\n',
  ),
  'boundary is the beginning of another': mixed(
    'b',
    '--b\r\nContent-Type: multipart/related; boundary=bb\r\n\r\n--bb\r\n\r\none\r\n--bb\r\n\r\ntwo\r\n--bb--',
    '--b\r\n\r\nthree',
    '--b--\r\n',
  ),
  'padding after the boundary': mixed('m', '--m  \r\n\r\none', '--m\t\r\n\r\ntwo', '--m--  \r\n'),
  'preamble and epilogue': mixed('m', 'preamble', '--m\r\n\r\none', '--m--', 'epilogue', ''),
  'empty parts': mixed('m', '--m\r\n\r\n', '--m\r\nContent-Type: text/html\r\n\r\n', '--m--\r\n'),
  'no header in a part': mixed('m', '--m', '', 'body', '--m--', ''),
  signed: crlf(
    'Content-Type: multipart/signed; boundary=s; micalg=pgp-sha256; protocol="application/pgp-signature"',
    '',
    '--s',
    '',
    'signed text',
    '--s',
    'Content-Type: application/pgp-signature; name=signature.asc',
    '',
    'sig',
    '--s--',
    '',
  ),
  calendar: mixed(
    'm',
    '--m\r\nContent-Type: text/calendar; method=REQUEST; charset=utf-8\r\n\r\nBEGIN:VCALENDAR',
    '--m--\r\n',
  ),
  'comments in fields':
    'Content-Type: text/plain (a comment); charset=(what) utf-8\r\nContent-Transfer-Encoding: 8bit (eight)\r\n\r\n\xc3\xa4\r\n',
  'nested 40 deep': nested(40),
  'many parts': mixed('m', ...Array.from({ length: 300 }, (_, index) => `--m\r\n\r\npart ${index}`), '--m--\r\n'),
}

/** Base64 clean and not, large enough that the server is asked what it decodes to. */
export const base64Corpus: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    [60, 61, 64, 72, 76].flatMap((width) =>
      [0, 1, 2].map((more) => [`lines of ${width}, ${more} more`, pdfs(base64('x'.repeat(60_000 + more), width))]),
    ),
  ),
  'a line end at its end': pdfs(`${base64('x'.repeat(60_000))}\r\n`),
  'blank lines at its end': pdfs(`${base64('x'.repeat(60_000))}\r\n\r\n\r\n`),
  'no padding': pdfs(base64('x'.repeat(60_001)).replace(/=+$/, '')),
  'half a padding': pdfs(base64('x'.repeat(60_001)).slice(0, -1)),
  'one character short': pdfs(base64('x'.repeat(60_000)).slice(0, -1)),
  'a false character': pdfs(base64('x'.repeat(60_000)).replace(/^(.{10})./, '$1?')),
  'false characters in even lines': pdfs(base64('x'.repeat(60_000)).replace(/^(.{10})..../, '$1????')),
  'blanks at line ends': pdfs(base64('x'.repeat(60_000)).replaceAll('\r\n', ' \r\n')),
  'padding in the middle': pdfs(base64('x'.repeat(60_000)).replace(/^(.{10})../, '$1==')),
  joined: pdfs(`${base64('x'.repeat(55))}\r\n${base64('y'.repeat(60_000))}`),
  'a footer': pdfs(`${base64('x'.repeat(60_000))}\r\n\r\n-- \r\na mailing list`),
  'the last the smaller': pdfs(base64('x'.repeat(60_000)), base64('y'.repeat(55_000))),
  'the last the larger': pdfs(base64('x'.repeat(55_000)), base64('y'.repeat(60_000))),
  'a tiny one after it': pdfs(base64('x'.repeat(60_000)), 'YWJj'),
  'an unknown encoding beside it': mixed(
    'm',
    '--m\r\nContent-Transfer-Encoding: x-rot13\r\n\r\nabc',
    pdf(base64('x'.repeat(60_000))),
    '--m--\r\n',
  ),
  'a message with an encoded part after it': mixed(
    'm',
    pdf(base64('x'.repeat(60_000))),
    '--m\r\nContent-Type: message/rfc822\r\n\r\nSubject: in\r\nContent-Transfer-Encoding: base64\r\n\r\nYWJj',
    '--m--\r\n',
  ),
}

/** Shapes on which servers disagree about the structure: nothing but survival can be asked. */
export const hostileCorpus: Readonly<Record<string, string>> = {
  // Dovecot counts the line end before the outer delimiter to the embedded message, RFC 2046 §5.1.1 to the delimiter.
  'embedded multipart': mixed(
    'm',
    '--m\r\nContent-Type: message/rfc822\r\n\r\nContent-Type: multipart/mixed; boundary=in\r\n\r\n--in\r\n\r\ninner\r\n--in--',
    '--m--\r\n',
  ),
  'no boundary parameter': 'Content-Type: multipart/mixed\r\n\r\n--x\r\n\r\none\r\n--x--\r\n',
  'boundary never met': 'Content-Type: multipart/mixed; boundary=x\r\n\r\ntext that must not be lost\r\n',
  'nested 300 deep': nested(300),
  '10,000 header fields': `${Array.from({ length: 10_000 }, (_, index) => `X-${index}: y\r\n`).join('')}\r\nbody`,
  NULs: 'Subject: a\0b\r\n\r\nbo\0dy\r\n',
  'bare CR and LF': 'Subject: x\nX-A: b\r\r\n\r\nbody\rwith\nall\r\n',
  'type of nonsense': 'Content-Type: ;;;=\r\nContent-Disposition: "\r\nContent-Transfer-Encoding: \r\n\r\nx',
  'a header without end': `Subject: ${'x'.repeat(100_000)}`,
  'only a boundary': 'Content-Type: multipart/mixed; boundary="-"\r\n\r\n---\r\n---\r\n-----\r\n',
  'two types': 'Content-Type: text/html\r\nContent-Type: text/plain\r\n\r\n<p>',
}

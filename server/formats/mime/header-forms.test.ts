import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseHeaderFields } from './header-fields.ts'
import { type HeaderForm, headerValue, mayHaveForm, parseHeaderProperty, readHeader } from './header-forms.ts'

const value = (text: string | Uint8Array, form: HeaderForm) => headerValue(Buffer.from(text as string), form)
const text = (raw: string | Uint8Array) => value(raw, 'Text')
const addresses = (raw: string | Uint8Array) => value(raw, 'Addresses')
const mailbox = (name: string | null, email: string) => ({ name, email })

test('the raw form keeps folding and white space, drops NULs and replaces octets that are not UTF-8', () => {
  assert.equal(value(' a\r\n\tb ', 'Raw'), ' a\r\n\tb ')
  assert.equal(value(Buffer.from(' a\0b\xe4', 'latin1'), 'Raw'), ' ab\ufffd')
})

test('text is unfolded, decoded and composed', () => {
  assert.equal(text('  one\r\n two'), 'one two')
  assert.equal(text(' =?UTF-8?B?4oSr?='), '\u00c5')
  assert.equal(text(' =?utf-8?q?a?=\r\n =?utf-8?q?b?= c'), 'ab c')
  assert.equal(text(' =?utf-8*de?Q?Gr=C3=BC=C3=9Fe?='), 'Grüße')
})

test('a character cut between two encoded words is put together', () => {
  assert.equal(text(' =?utf-8?B?w7w=?= =?utf-8?B?wg==?= =?utf-8?B?qQ==?='), 'ü©')
  assert.equal(text(' =?iso-2022-jp?B?GyRCJUYbKEI=?= =?ISO-2022-JP?B?GyRCJTkbKEI=?='), 'テス')
})

test('encoded words are decoded only where they may stand and in charsets that are known', () => {
  for (const kept of [
    'x=?utf-8?q?a?=',
    '=?utf-8?q?a?=x',
    '=?utf-8?q?a b?=',
    '=?x-none?q?a?=',
    '=?utf-8?x?a?=',
    '=?utf-8?q?a?==?utf-8?q?b?=',
    '=?utf-8?q?a',
  ]) {
    assert.equal(text(` ${kept}`), kept)
  }
})

test('control characters that came encoded are dropped', () => {
  assert.equal(text(' =?utf-8?q?a=00b=0D=0ABcc:_x?='), 'abBcc: x')
})

test('8-bit header text that is not UTF-8 is read as windows-1252', () => {
  assert.equal(text(Buffer.from(' Gr\xfc\xdfe \x80', 'latin1')), 'Grüße €')
})

test('the example of RFC 8621 §4.1.2.3 reads as the RFC says', () => {
  const raw =
    ' "  James Smythe" <james@example.com>, Friends:\r\n  jane@example.com, =?UTF-8?Q?John_Sm=C3=AEth?=\r\n  <john@example.com>;'
  assert.deepEqual(addresses(raw), [
    mailbox('James Smythe', 'james@example.com'),
    mailbox(null, 'jane@example.com'),
    mailbox('John Smîth', 'john@example.com'),
  ])
  assert.deepEqual(value(raw, 'GroupedAddresses'), [
    { name: null, addresses: [mailbox('James Smythe', 'james@example.com')] },
    { name: 'Friends', addresses: [mailbox(null, 'jane@example.com'), mailbox('John Smîth', 'john@example.com')] },
  ])
})

test('addresses in every syntax of RFC 5322 and its obsolete one', () => {
  const cases: [string, readonly { name: string | null; email: string }[]][] = [
    ['a@b.c', [mailbox(null, 'a@b.c')]],
    ['"Foo \\S" <foo@x.y>', [mailbox('Foo S', 'foo@x.y')]],
    ['Pete(A nice \\) chap) <pete(his account)@silly.test(his host)>', [mailbox('Pete', 'pete@silly.test')]],
    ['jdoe@x.y (John (the) Doe)', [mailbox('John (the) Doe', 'jdoe@x.y')]],
    ['"a,b" <c@d>, e@f', [mailbox('a,b', 'c@d'), mailbox(null, 'e@f')]],
    ['"quoted local"@d.e', [mailbox(null, '"quoted local"@d.e')]],
    ['<@a.b,@c.d:user@e.f>', [mailbox(null, 'user@e.f')]],
    ['john . smith @ example . com', [mailbox(null, 'john.smith@example.com')]],
    ['Joe Q. Public <john.q.public@example.com>', [mailbox('Joe Q. Public', 'john.q.public@example.com')]],
    ['Mary Smith <mary@[192.0.2.1]>', [mailbox('Mary Smith', 'mary@[192.0.2.1]')]],
    [',, a@b,,c@d,', [mailbox(null, 'a@b'), mailbox(null, 'c@d')]],
    ['a@b; c@d', [mailbox(null, 'a@b'), mailbox(null, 'c@d')]],
    ['Some Name a@b.c', [mailbox('Some Name', 'a@b.c')]],
    ['"Unclosed <a@b.c>', [mailbox(null, '"Unclosed <a@b.c>"')]],
    ['undisclosed-recipients:;', []],
    ['John', [mailbox(null, 'John')]],
    ['Грета <greta@пример.test>', [mailbox('Грета', 'greta@пример.test')]],
    ['', []],
    ['=?utf-8?q?J=C3=B6rg?= Doe <j@x>', [mailbox('Jörg Doe', 'j@x')]],
    ['"=?utf-8?q?J=C3=B6rg?=" <j@x>', [mailbox('=?utf-8?q?J=C3=B6rg?=', 'j@x')]],
    ['Name <>', [mailbox('Name', '')]],
    ['a <b@c', [mailbox('a', 'b@c')]],
  ]
  for (const [raw, expected] of cases) assert.deepEqual(addresses(` ${raw}`), expected, raw)
})

test('a group without members is a group', () => {
  assert.deepEqual(value(' undisclosed recipients: ;', 'GroupedAddresses'), [
    { name: 'undisclosed recipients', addresses: [] },
  ])
})

test('message ids lose brackets, comments and folding; junk between them is passed over', () => {
  assert.deepEqual(value(' <a@b>\r\n <c@d>', 'MessageIds'), ['a@b', 'c@d'])
  assert.deepEqual(value(' Your message of <x@y> (that <one>)', 'MessageIds'), ['x@y'])
  assert.equal(value(' nothing', 'MessageIds'), null)
})

test('dates with every zone, a comment, two-digit years, no seconds', () => {
  const cases: [string, string | null][] = [
    ['Thu, 13 Feb 1969 23:32 -0330 (Newfoundland Time)', '1969-02-13T23:32:00-03:30'],
    ['Tue, 1 Jul 2003 10:52:37 +0200', '2003-07-01T10:52:37+02:00'],
    ['21 Nov 97 09:55:06 GMT', '1997-11-21T09:55:06Z'],
    ['Fri, 21 Nov 1997 09(comment):   55  :  06 -0600', '1997-11-21T09:55:06-06:00'],
    ['Fri, 21 Nov 1997 09:55:06 EST', '1997-11-21T09:55:06-05:00'],
    ['Fri, 21 Nov 1997 09:55:06 A', '1997-11-21T09:55:06Z'],
    ['Fri, 21 Nov 1997 09:55:60 -0000', '1997-11-21T09:55:59Z'],
    ['Fri, 31 Feb 1997 09:55:06 +0000', null],
    ['not a date', null],
    ['Fri, 21 Nov 1997 25:55:06 +0000', null],
    ['Fri, 21 Nov 1997 09:55:06 +9999', null],
  ]
  for (const [raw, expected] of cases) assert.equal(value(` ${raw}`, 'Date'), expected, raw)
})

test('URLs are what stands in angle brackets', () => {
  assert.deepEqual(value(' <mailto:a@b?subject=x>, (c) <https://x.y/(z)\r\n/w>', 'URLs'), [
    'mailto:a@b?subject=x',
    'https://x.y/(z)/w',
  ])
  assert.equal(value(' NO', 'URLs'), null)
})

test('a form fits only its fields', () => {
  assert.ok(mayHaveForm('SUBJECT', 'Text'))
  assert.ok(!mayHaveForm('From', 'Text'))
  assert.ok(!mayHaveForm('Subject', 'Addresses'))
  assert.ok(mayHaveForm('X-Any', 'Date'))
  assert.ok(!mayHaveForm('Received', 'Text'))
  assert.ok(mayHaveForm('Received', 'Raw'))
  assert.ok(mayHaveForm('constructor', 'URLs'))
})

test('header properties are read strictly', () => {
  assert.deepEqual(parseHeaderProperty('header:SUBject:asText:all'), {
    property: 'header:SUBject:asText:all',
    field: 'SUBject',
    form: 'Text',
    all: true,
  })
  for (const wrong of [
    'header:',
    'header:a b',
    'header:x:all:asText',
    'header:x:asFoo',
    'header:From:asText',
    'header:x:all:all',
    'header:x:astext',
    'Header:x',
    'header:x:',
  ]) {
    assert.equal(parseHeaderProperty(wrong), null, wrong)
  }
})

test('the last instance of a field is told, or all in order; names match in any case', () => {
  const fields = parseHeaderFields(Buffer.from('X: 1\r\nx : 2\r\nbroken line\r\nY: z\r\n  w\r\n\r\nX: body\r\n'))
  const asked = { field: 'X', form: 'Raw', all: false } as const
  assert.equal(readHeader(fields, asked), ' 2')
  assert.deepEqual(readHeader(fields, { ...asked, all: true }), [' 1', ' 2'])
  assert.equal(readHeader(fields, { ...asked, field: 'None' }), null)
  assert.deepEqual(readHeader(fields, { ...asked, field: 'None', all: true }), [])
  assert.equal(readHeader(fields, { ...asked, field: 'y' }), ' z\r\n  w')
})

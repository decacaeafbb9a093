import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Failure } from '#core/errors.ts'
import { hasNonAscii, searchParts } from './search-key.ts'
import { type Part, type SerializeOptions, serialize } from './serialize.ts'

const plain: SerializeOptions = { isUtf8: false, nonSync: 'none' }
/** The wire as text; ⏸ where a go-ahead is awaited. */
function wire(parts: readonly Part[], options = plain): string {
  return serialize('A1', parts, options)
    .map((step) =>
      step.kind === 'bytes' ? step.bytes.toString('latin1') : step.kind === 'wait' ? '⏸' : `<${step.size}>`,
    )
    .join('')
}
const refused = (error: unknown) => error instanceof Failure && error.code === 'badInput'

test('no text can end its line: CR, LF and NUL go as a literal or not at all', () => {
  const evil = 'x\r\nA2 DELETE INBOX'
  assert.equal(wire(['LOGIN', { string: evil }]), `A1 LOGIN {${evil.length}}\r\n⏸${evil}\r\n`)
  assert.throws(() => wire(['SEARCH', { string: 'a\0b' }]), refused)
  assert.throws(() => wire(['SELECT', { mailbox: evil }]), refused)
  assert.throws(() => wire(['LIST', { pattern: evil }]), refused)
  assert.throws(() => wire(['STORE', { flags: [evil] }]), refused)
  assert.throws(() => wire(['STORE', { flags: ['a b'] }]), refused)
  assert.throws(() => wire(['STORE', { flags: ['a)'] }]), refused)
  assert.throws(() => wire(['SEARCH', { atom: 'a\r\nb' }]), refused)
  assert.throws(() => wire(['SEARCH', { atom: 'a"b' }]), refused)
  assert.throws(() => wire([evil]), TypeError)
  assert.throws(() => wire(['SELECT', { mailbox: '\u{10fffe}a\r\nb' }]), refused)
  for (const value of [Number.NaN, -1, 1.5, Number.POSITIVE_INFINITY])
    assert.throws(() => wire([{ number: value }]), refused)
})

test('strings are quoted with escapes, never words of the grammar', () => {
  assert.equal(wire([{ string: 'a"b\\c' }, { string: 'NIL' }, { string: '' }]), 'A1 "a\\"b\\\\c" "NIL" ""\r\n')
})

test('8-bit strings are literals, or quoted once UTF-8 is enabled', () => {
  assert.equal(wire([{ string: 'ä' }]), 'A1 {2}\r\n⏸\xc3\xa4\r\n')
  assert.equal(wire([{ string: 'ä' }], { isUtf8: true, nonSync: 'none' }), 'A1 "\xc3\xa4"\r\n')
})

test('literals wait for the go-ahead unless the server waives it', () => {
  const long = 'x'.repeat(5000)
  assert.equal(wire([{ string: long }], { isUtf8: false, nonSync: 'all' }), `A1 {5000+}\r\n${long}\r\n`)
  assert.equal(wire([{ string: long }], { isUtf8: false, nonSync: 'small' }), `A1 {5000}\r\n⏸${long}\r\n`)
  assert.equal(wire([{ string: 'ä' }], { isUtf8: false, nonSync: 'small' }), 'A1 {2+}\r\n\xc3\xa4\r\n')
})

test('mailbox names are modified UTF-7, or UTF-8', () => {
  assert.equal(wire(['SELECT', { mailbox: 'Entwürfe & mehr' }]), 'A1 SELECT "Entw&APw-rfe &- mehr"\r\n')
  assert.equal(wire(['SELECT', { mailbox: 'ü' }], { isUtf8: true, nonSync: 'none' }), 'A1 SELECT "\xc3\xbc"\r\n')
})

test('search keys are grouped as they were meant', () => {
  assert.equal(
    wire(searchParts({ or: [{ not: ['SEEN', { in: 'FROM', text: 'a' }] }, [{ uids: [] }, 'DRAFT']] })),
    'A1 OR (NOT (SEEN FROM "a")) (NOT ALL DRAFT)\r\n',
  )
  assert.equal(wire(searchParts([])), 'A1 ALL\r\n')
  assert.equal(wire(searchParts([[], { header: 'X-Y', text: 'a\r\nb' }])), 'A1 HEADER "X-Y" "a b"\r\n')
  assert.equal(wire(searchParts({ date: 'SINCE', at: Date.UTC(2024, 1, 3) })), 'A1 SINCE 3-Feb-2024\r\n')
  assert.ok(hasNonAscii({ not: { or: ['SEEN', { in: 'TO', text: 'ö' }] } }))
  assert.ok(!hasNonAscii({ in: 'TO', text: 'o' }))
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeText } from './decode-text.ts'

const octets = (...bytes: number[]) => new Uint8Array(bytes)

test('a text is read by its mark, its charset, or what it is', () => {
  const utf8 = new TextEncoder().encode('Grüße')
  const latin = octets(0x47, 0x72, 0xfc, 0xdf, 0x65)
  assert.equal(decodeText(latin, 'ISO-8859-1', false), 'Grüße')
  assert.equal(decodeText(octets(0x93, 0xfa, 0x96, 0x7b), 'Shift_JIS', false), '日本')
  assert.equal(decodeText(utf8, 'us-ascii', false), 'Grüße', 'claimed ASCII, is UTF-8')
  assert.equal(decodeText(latin, null, false), 'Grüße', 'no charset, not UTF-8')
  assert.equal(decodeText(latin, 'x-no-such-charset', false), 'Grüße')
  assert.equal(decodeText(octets(0xff, 0xfe, 0x41, 0), 'utf-8', false), 'A', 'the mark is stronger than the charset')
  assert.equal(decodeText(octets(0xef, 0xbb, 0xbf, 0x41), null, false), 'A')
  assert.equal(decodeText(octets(), 'utf-8', false), '')
})

test('a character that the end of the beginning breaks is left out', () => {
  assert.equal(decodeText(octets(0x41, 0xc3), null, true), 'A')
  assert.equal(decodeText(octets(0x41, 0xc3), 'utf-8', true), 'A')
  assert.equal(decodeText(octets(0x41, 0xc3), null, false), 'AÃ')
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findLinks, plainTextFormat, readPlainText } from './plain-text.ts'

const fixed = { isFlowed: false, deletesSpace: false }
const flowed = { isFlowed: true, deletesSpace: false }

test('quotes nest by their marks, with and without spaces between', () => {
  assert.deepEqual(readPlainText('Hello\n> one\n>> two\n> > three\n> four\nend\n', fixed), [
    { kind: 'lines', lines: ['Hello'] },
    {
      kind: 'quote',
      blocks: [
        { kind: 'lines', lines: ['one'] },
        { kind: 'quote', blocks: [{ kind: 'lines', lines: ['two', 'three'] }] },
        { kind: 'lines', lines: ['four'] },
      ],
    },
    { kind: 'lines', lines: ['end'] },
  ])
})

test('a thousand quote marks nest no deeper than is shown', () => {
  const depth = (blocks: ReturnType<typeof readPlainText>): number =>
    Math.max(0, ...blocks.map((block) => (block.kind === 'quote' ? 1 + depth(block.blocks) : 0)))
  assert.equal(depth(readPlainText('>'.repeat(100_000), fixed)), 12)
})

test('flowed lines are joined at their depth, unstuffed, and end at a signature', () => {
  assert.deepEqual(
    readPlainText('a long \r\nline\r\n > stuffed\r\n>quoted \r\n> text\r\nopen \r\n-- \r\nAlice', flowed),
    [
      { kind: 'lines', lines: ['a long line', '> stuffed'] },
      { kind: 'quote', blocks: [{ kind: 'lines', lines: ['quoted text'] }] },
      { kind: 'lines', lines: ['open '] },
      { kind: 'signature', lines: ['Alice'] },
    ],
  )
  assert.deepEqual(readPlainText('日本 \n語', { isFlowed: true, deletesSpace: true }), [
    { kind: 'lines', lines: ['日本語'] },
  ])
})

test('format and delsp are read from the content type', () => {
  assert.deepEqual(plainTextFormat(' text/plain; charset=utf-8; Format="Flowed"; delsp=yes'), {
    isFlowed: true,
    deletesSpace: true,
  })
  assert.deepEqual(plainTextFormat(null), fixed)
})

test('links are found, and the pieces are the text to the letter', () => {
  const text =
    'See https://example.com/a?b=<c>&d, www.example.org. or mail bob@example.test; ftp://x.example/ javascript:alert(1)'
  const pieces = findLinks(text)
  assert.equal(pieces.map((piece) => (typeof piece === 'string' ? piece : piece.text)).join(''), text)
  assert.deepEqual(
    pieces.flatMap((piece) => (typeof piece === 'string' ? [] : [piece.href])),
    ['https://example.com/a?b=', 'http://www.example.org/', 'mailto:bob@example.test'],
  )
})

test('text that tries to be markup stays text beside the link', () => {
  for (const trap of [
    'me@example.test?subject=]<img src=x onerror=alert(1)>',
    '[<script>alert(1)</script>] http://example.com',
    'http://example.com/"onmouseover="alert(1)',
    '##str_replacement_0## http://example.com/##str_replacement_1##',
    'javascript://example.com/%0aalert(1) data:text/html,<script>alert(1)</script> vbscript:x',
  ]) {
    const pieces = findLinks(trap)
    assert.equal(pieces.map((piece) => (typeof piece === 'string' ? piece : piece.text)).join(''), trap)
    for (const piece of pieces) {
      if (typeof piece !== 'string') assert.match(piece.href, /^(https?:\/\/|mailto:)[^<>"\s]*$/)
    }
  }
})

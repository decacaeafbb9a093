import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bodyLists, hasAttachment } from './body-lists.ts'
import type { MimePart } from './mime-part.ts'

type Outline = readonly [type: string, over?: Partial<MimePart> | readonly Outline[]]

function tree([type, rest]: Outline, section = ''): MimePart {
  const children = Array.isArray(rest) ? (rest as readonly Outline[]) : null
  return {
    section,
    type,
    charset: null,
    disposition: null,
    name: null,
    cid: null,
    language: null,
    location: null,
    parameters: new Map(),
    encoding: '',
    encodedSize: 0,
    fields: null,
    content: null,
    ...(children ? {} : (rest as Partial<MimePart>)),
    children: children?.map((child) => tree(child)) ?? null,
  }
}
const listed = (outline: Outline) => {
  const { textBody, htmlBody, attachments } = bodyLists(tree(outline))
  const names = (parts: readonly MimePart[]) => parts.map((part) => part.section || part.type).join(' ')
  return [names(textBody), names(htmlBody), names(attachments)]
}
const leaf = (section: string, type: string, over: Partial<MimePart> = {}): Outline => [type, { ...over, section }]

test('the example of RFC 8621 §4.1.4', () => {
  const example: Outline = [
    'multipart/mixed',
    [
      leaf('A', 'text/plain', { disposition: 'inline' }),
      [
        'multipart/mixed',
        [
          [
            'multipart/alternative',
            [
              [
                'multipart/mixed',
                [
                  leaf('B', 'text/plain', { disposition: 'inline' }),
                  leaf('C', 'image/jpeg', { disposition: 'inline' }),
                  leaf('D', 'text/plain', { disposition: 'inline' }),
                ],
              ],
              ['multipart/related', [leaf('E', 'text/html'), leaf('F', 'image/jpeg')]],
            ],
          ],
          leaf('G', 'image/jpeg', { disposition: 'attachment' }),
          leaf('H', 'application/x-excel'),
          leaf('J', 'message/rfc822'),
        ],
      ],
      leaf('K', 'text/plain', { disposition: 'inline' }),
    ],
  ]
  assert.deepEqual(listed(example), ['A B C D K', 'A E K', 'C F G H J'])
})

test('what is alone in an alternative stands for both', () => {
  assert.deepEqual(listed(['multipart/alternative', [leaf('1', 'text/html')]]), ['1', '1', ''])
  assert.deepEqual(listed(['multipart/alternative', [leaf('1', 'text/plain')]]), ['1', '1', ''])
  assert.deepEqual(listed(['multipart/alternative', [leaf('1', 'text/plain'), leaf('2', 'text/calendar')]]), [
    '1',
    '1',
    '2',
  ])
})

test('single parts, named text and alternatives inside alternatives', () => {
  assert.deepEqual(listed(leaf('1', 'text/plain')), ['1', '1', ''])
  assert.deepEqual(listed(leaf('1', 'application/pdf')), ['', '', '1'])
  assert.deepEqual(listed(leaf('1', 'text/plain', { disposition: 'attachment' })), ['', '', '1'])
  assert.deepEqual(listed(['multipart/mixed', [leaf('1', 'text/plain'), leaf('2', 'text/plain', { name: 'x' })]]), [
    '1',
    '1',
    '2',
  ])
  assert.deepEqual(
    listed([
      'multipart/alternative',
      [
        leaf('1', 'text/plain'),
        ['multipart/related', [['multipart/alternative', [leaf('2', 'text/html')]], leaf('3', 'image/png')]],
      ],
    ]),
    // As the RFC's code has it: the inner alternative has HTML alone, which then stands for its text as well.
    ['1 2', '2', '3'],
  )
})

test('an attachment counts unless it is meant to be shown in its place', () => {
  assert.equal(hasAttachment({ attachments: [tree(leaf('1', 'image/png', { disposition: 'inline' }))] }), false)
  assert.equal(hasAttachment({ attachments: [tree(leaf('1', 'image/png'))] }), true)
})

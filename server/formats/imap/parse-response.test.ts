import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Cursor } from './cursor.ts'
import { parseResponse, type Response } from './parse-response.ts'
import { ProtocolError } from './protocol-error.ts'
import type { BodyNode, FetchRow } from './types.ts'

function parse(text: string, isUtf8 = false): Response {
  return parseResponse(new Cursor().reset({ bytes: Buffer.from(text, 'latin1'), streamed: null }), isUtf8)
}
function row(items: string): FetchRow {
  const response = parse(`* 5 FETCH (${items})\r\n`)
  assert.equal(response.kind, 'fetch')
  return response.row
}

test('a row of an index build has its numbers, flags, date and modseq', () => {
  const got = row(
    'UID 7 FLAGS (\\Seen $x) INTERNALDATE " 1-Feb-2024 23:59:58 +0130" RFC822.SIZE 5000000000 MODSEQ (9223372036854775807)',
  )
  assert.equal(got.seq, 5)
  assert.equal(got.uid, 7)
  assert.deepEqual(got.flags, ['\\Seen', '$x'])
  assert.equal(got.internalDate, Date.UTC(2024, 1, 1, 22, 29, 58))
  assert.equal(got.size, 5_000_000_000)
  assert.equal(got.modseq, 9223372036854775807n)
})

test('items come in any case and order, and unknown ones are passed over', () => {
  const got = row('x-new ("a" (b {2}\r\n)( c)) flags () ENVELOPE (NIL "(" ()) uid 9 X-OTHER[1.(2)] NIL')
  assert.equal(got.uid, 9)
  assert.deepEqual(got.flags, [])
})

test('header fields whose names hold brackets or quotes do not end the section', () => {
  const got = row('BODY[HEADER.FIELDS ("X-]" "a\\"]" SUBJECT)] {4}\r\nS: 1 UID 3')
  assert.equal(got.headers?.toString(), 'S: 1')
  assert.equal(got.uid, 3)
})

test('sections come by name; NIL is told from empty', () => {
  const { sections } = row('BODY[] {2}\r\nab BODY[1.mime]<10> "" BODY[2] NIL BINARY[3] ~{1}\r\n\0')
  assert.deepEqual(
    [...(sections ?? [])].map(([name, bytes]) => [name, bytes?.toString() ?? null]),
    [
      ['', 'ab'],
      ['1.MIME', ''],
      ['2', null],
      ['3', '\0'],
    ],
  )
})

test('ids of all tiers are read', () => {
  const got = row('EMAILID (Mabc) THREADID (T-1) X-GM-MSGID 18446744073709551615 X-GM-THRID 2 X-GUID "g 1"')
  assert.deepEqual(
    [got.emailId, got.threadId, got.gmMessageId, got.gmThreadId, got.guid],
    ['Mabc', 'T-1', '18446744073709551615', '2', 'g 1'],
  )
})

test('a structure has sections, lower-case names and untouched values', () => {
  const { structure } = row(
    'BODYSTRUCTURE (("TEXT" "Plain" ("CharSet" "UTF-8" "__proto__" "x") "<id>" NIL "BASE64" 3028 92 NIL ("INLINE" ("FileName" "A.TXT")) ("EN" "de") "loc")("message" "rfc822" NIL NIL "d" "7bit" 9 (NIL) ((NIL)) 3 NIL NIL NIL NIL) "MIXED" ("Boundary" "B") ("attachment" NIL) NIL NIL "future" (1 (2)))',
  )
  assert.ok(structure)
  assert.equal(structure.type, 'multipart/mixed')
  assert.deepEqual(structure.parameters, { boundary: 'B' })
  assert.deepEqual(structure.disposition, { type: 'attachment', parameters: {} })
  const [text, message] = structure.children as [BodyNode, BodyNode]
  assert.deepEqual(
    [text.section, text.type, text.encoding, text.size, text.contentId, text.language, text.location],
    ['1', 'text/plain', 'base64', 3028, '<id>', ['EN', 'de'], 'loc'],
  )
  assert.deepEqual(Object.entries(text.parameters), [
    ['charset', 'UTF-8'],
    ['__proto__', 'x'],
  ])
  assert.deepEqual(text.disposition, { type: 'inline', parameters: { filename: 'A.TXT' } })
  assert.deepEqual(
    [message.section, message.type, message.size, message.children.length],
    ['2', 'message/rfc822', 9, 0],
  )
})

test('a single part is section 1, parts of parts are dotted', () => {
  assert.equal(row('BODYSTRUCTURE ("TEXT" "PLAIN" NIL NIL NIL "7BIT" 1 1)').structure?.section, '1')
  const nested = row(
    'BODYSTRUCTURE ((("a" "b" NIL NIL NIL "7bit" 1) "alternative")("c" "d" NIL NIL NIL "7bit" 1) "mixed")',
  )
  assert.equal(nested.structure?.children[0]?.section, '1')
  assert.equal(nested.structure?.children[0]?.children[0]?.section, '1.1')
  assert.equal(nested.structure?.children[1]?.section, '2')
})

test('structure nested beyond reason is refused, not a stack overflow', () => {
  const deep = '('.repeat(200_000)
  assert.throws(() => row(`BODYSTRUCTURE ${deep}`), ProtocolError)
  assert.throws(() => row(`X-NEW ${deep}`), ProtocolError)
  assert.throws(() => parse(`* THREAD ${deep}\r\n`), ProtocolError)
})

test('text that is no UTF-8 stays what it was as Latin-1', () => {
  assert.equal(row('PREVIEW "caf\xe9"').preview, 'caf\xe9')
  assert.equal(row('PREVIEW "caf\xc3\xa9"').preview, 'café')
})

test('equal flag lists are one array', () => {
  assert.equal(row('FLAGS (\\Seen \\Draft)').flags, row('FLAGS (\\Seen \\Draft)').flags)
})

test('conditions have their code apart from words for people', () => {
  assert.deepEqual(parse('A1 NO [TRYCREATE] No such "mailbox]"\r\n'), {
    kind: 'tagged',
    tag: 'A1',
    status: 'NO',
    code: { name: 'TRYCREATE', text: '' },
    text: 'No such "mailbox]"',
  })
  assert.deepEqual(parse('* OK [BADCHARSET ("a]b" c)] x\r\n'), {
    kind: 'condition',
    status: 'OK',
    code: { name: 'BADCHARSET', text: '("a]b" c)' },
    text: 'x',
  })
  assert.deepEqual(parse('* BYE [unclosed\r\n'), { kind: 'condition', status: 'BYE', code: null, text: '[unclosed' })
})

test('LIST tells name, delimiter, attributes and the old name', () => {
  assert.deepEqual(parse('* LIST (\\HasNoChildren \\SENT) "/" "a/&AOQ-" ("CHILDINFO" ("x") "OLDNAME" ("b&-c"))\r\n'), {
    kind: 'list',
    row: { name: 'a/ä', delimiter: '/', attributes: ['\\hasnochildren', '\\sent'], oldName: 'b&c' },
  })
  assert.deepEqual(parse('* LSUB () NIL inbox\r\n'), {
    kind: 'lsub',
    row: { name: 'INBOX', delimiter: null, attributes: [], oldName: null },
  })
  assert.deepEqual(parse('* LIST () "." "\xc3\xa4"\r\n', true), {
    kind: 'list',
    row: { name: 'ä', delimiter: '.', attributes: [], oldName: null },
  })
})

test('STATUS keeps 63-bit modseqs and knows that 0 is none', () => {
  const response = parse(
    '* STATUS x (MESSAGES 1 HIGHESTMODSEQ 9223372036854775807 MAILBOXID (F1) SIZE 7 NEW (a b) UNSEEN 0)\r\n',
  )
  assert.deepEqual(response, {
    kind: 'status',
    row: {
      mailbox: 'x',
      messages: 1,
      uidNext: null,
      uidValidity: null,
      unseen: 0,
      highestModseq: 9223372036854775807n,
      size: 7,
      mailboxId: 'F1',
    },
  })
  const none = parse('* STATUS x (HIGHESTMODSEQ 0)\r\n')
  assert.equal(none.kind === 'status' && none.row.highestModseq, null)
})

test('ESEARCH keeps the order of a sorted result and the window of PARTIAL', () => {
  const all = parse('* ESEARCH (TAG "A") UID COUNT 5 ALL 9,7:5,1\r\n')
  assert.deepEqual(all.kind === 'esearch' && [...(all.row.all ?? [])], [9, 7, 6, 5, 1])
  const none = parse('* ESEARCH (TAG "A") UID COUNT 5 PARTIAL (9:10 NIL)\r\n')
  assert.deepEqual(none.kind === 'esearch' && [...(none.row.partial ?? [1])], [])
  assert.throws(() => parse('* ESEARCH (TAG "A") UID ALL 1:4294967295\r\n'), ProtocolError)
})

test('THREAD gives parents, chains and branches', () => {
  const response = parse('* THREAD (2)(3 6 (4 23)(44))((9)(10))\r\n')
  assert.deepEqual(response.kind === 'thread' && response.threads, [
    { id: 2, children: [] },
    {
      id: 3,
      children: [
        {
          id: 6,
          children: [
            { id: 4, children: [{ id: 23, children: [] }] },
            { id: 44, children: [] },
          ],
        },
      ],
    },
    {
      id: 0,
      children: [
        { id: 9, children: [] },
        { id: 10, children: [] },
      ],
    },
  ])
})

// Shapes of messages that make decoders loop, blow up or lose their way.

import { base64, type HostileMessage, js, multipart, readableEnd, single } from './build-message.ts'

const end = { headers: ['Content-Type: text/plain'], body: readableEnd }

function nested(depth: number): string {
  let body = `Content-Type: text/plain\n\n${readableEnd}`
  for (let n = 0; n < depth; n++) body = `Content-Type: multipart/mixed; boundary=b${n}\n\n--b${n}\n${body}\n--b${n}--`
  return body
}

/** A TNEF stream (MS-OXTNEF §2.1.3) whose attribute says that it is far longer than the file. */
const tnefBomb = Uint8Array.from([
  0x78, 0x9f, 0x3e, 0x22, 1, 0, 1, 9, 0x90, 6, 0, 0xff, 0xff, 0xff, 0x7f, 0, 0, 0, 0, 0, 0,
])
/** Compressed RTF (MS-OXRTFCP §2.1.3) that claims two gigabytes. */
const rtfBomb = Uint8Array.from([
  16, 0, 0, 0, 0xff, 0xff, 0xff, 0x7f, 0x4c, 0x5a, 0x46, 0x75, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff,
])

export const structureMessages: readonly HostileMessage[] = [
  {
    kind: 'k',
    name: 'nesting-100',
    mayHideEnd: true,
    message: new TextEncoder().encode(
      `From: a@b.example\nSubject: hostile nesting-100\nMessage-ID: <n100@hostile.example>\nMIME-Version: 1.0\n${nested(100)}`.replaceAll(
        '\n',
        '\r\n',
      ),
    ),
  },
  {
    kind: 'k',
    name: 'tnef-bomb',
    message: multipart('tnef-bomb', 'mixed', [
      end,
      {
        headers: ['Content-Type: application/ms-tnef; name=winmail.dat', 'Content-Transfer-Encoding: base64'],
        body: base64(tnefBomb),
      },
    ]),
  },
  {
    kind: 'k',
    name: 'rtf-bomb',
    message: multipart('rtf-bomb', 'mixed', [
      end,
      {
        headers: ['Content-Type: application/rtf; name=a.rtf', 'Content-Transfer-Encoding: base64'],
        body: base64(rtfBomb),
      },
    ]),
  },
  {
    kind: 'k',
    name: 'uuencode-in-text',
    message: single(
      'uuencode-in-text',
      'text/plain',
      `begin 644 <img src=x onerror=${js}>.html\nM/'-C<FEP=#YH;W-T:6QE36%R:V5R*"D\\+W-C<FEP=#X\`\n\`\nend\n${readableEnd}`,
    ),
  },
  {
    kind: 'k',
    name: 'boundary-missing',
    mayHideEnd: true,
    message: single(
      'boundary-missing',
      'multipart/mixed',
      `--x\nContent-Type: text/html\n\n<script>${js}</script>\n${readableEnd}`,
    ),
  },
  {
    kind: 'k',
    name: 'boundary-never-ends',
    message: single(
      'boundary-never-ends',
      'multipart/alternative; boundary=x',
      `--x\nContent-Type: text/plain\n\n${readableEnd}\n--x\nContent-Type: text/html\n\n<p>${readableEnd}<script>${js}</script>`,
    ),
  },
  {
    kind: 'k',
    name: 'content-type-twice',
    mayHideEnd: true,
    message: single(
      'content-type-twice',
      `text/plain\nContent-Type: text/html`,
      `<img src=x onerror=${js}>${readableEnd}`,
    ),
  },
  {
    kind: 'k',
    name: 'html-utf16',
    mayHideEnd: true,
    message: single('html-utf16', 'text/html; charset=utf-16', `<script>${js}</script>${readableEnd}`),
  },
  {
    kind: 'k',
    name: 'html-iso-2022',
    mayHideEnd: true,
    message: single(
      'html-iso-2022',
      'text/html; charset=iso-2022-jp',
      `\u001b$B<script>${js}</script>\u001b(B<img src=x onerror=${js}><p>${readableEnd}</p>`,
    ),
  },
  {
    kind: 'k',
    name: 'html-of-a-megabyte',
    message: single(
      'html-of-a-megabyte',
      'text/html; charset=utf-8',
      `<p>${readableEnd}</p>${'<table><tr><td><b>x</b></td></tr></table>'.repeat(12_000)}`,
    ),
  },
]

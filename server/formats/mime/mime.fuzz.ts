// Random mutations of messages through every reader of this room: whatever comes out, nothing throws, nothing hangs, and no
// leaf lies outside the message. `node server/formats/mime/mime.fuzz.ts [seconds] [seed]`.

import { tnef } from '#testing/tnef.ts'
import { believedResults, parseDkimSignature } from './authentication.ts'
import { decodeCharset } from './charset.ts'
import { containedFiles } from './contained-files.ts'
import { lenientValue } from './header-fields.ts'
import { type HeaderForm, headerForms, headerValue } from './header-forms.ts'
import { walkParts } from './mime-part.ts'
import { parseMessage } from './parse-message.ts'
import { htmlToText, previewOf } from './preview.ts'
import { decodeTransfer } from './transfer.ts'

const seeds = [
  'From: "A, B" <a@b.c>, g: x@y (c (d)), <@r,@s:t@u>;\r\nDate: Fri, 21 Nov 1997 09:55:06 -0600\r\nSubject: =?utf-8?q?x=C3=A4?=\r\n =?iso-8859-1?B?5A==?=\r\nReferences: <a@b> <c@d>\r\nContent-Type: multipart/mixed; boundary="x y"; charset*0*=utf-8\'\'%e4; charset*1="q"\r\n\r\npre\r\n--x y\r\nContent-Type: text/html; charset=utf-7\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n<p>=C3=A4=\r\n</p>\r\n--x y\r\nContent-Type: message/rfc822\r\n\r\nSubject: in\r\n\r\nbody\r\n--x y--\r\nepi',
  'Content-Type: multipart/digest; boundary=b\n\n--b\n\nSubject: y\n\n--b--\n--b\n--bb--\n',
  'Content-Disposition: attachment; filename*=iso-8859-1\'de\'%e4%zz; filename="=?utf-8?B?w6Q=?="\r\nContent-Transfer-Encoding: base64\r\n\r\nYWJj\r\n=Y==ZGVm\r\n',
  'Content-Transfer-Encoding: x-uuencode\r\n\r\nbegin 644 f\r\n#86)C\r\n`\r\nend\r\n',
  'Received: x\r\nAuthentication-Results: mx.example.org 1; spf=pass (a; "b") smtp.mailfrom=a.example;\r\n dkim=fail reason="bad; x" header.d=b.example header.b=Ab+C\r\nDKIM-Signature: v=1; d=a.example; h=from:to; b=A b\r\n\r\nx',
]
const pieces = [
  '\r\n',
  '\n',
  '--',
  '--x y',
  '=?',
  '?=',
  '?q?',
  '"',
  '(',
  ')',
  '<',
  '>',
  ';',
  ',',
  ':',
  '\\',
  '\0',
  '\xff',
  '=',
  '*0*=',
  "''",
  'boundary=',
  '\r\n\r\n',
  'Content-Type: multipart/mixed; boundary=q\r\n',
  '<style>',
  '<!--',
  '&#',
  'begin 644 x\n',
]

function makeRandom(seed: number): (below: number) => number {
  let state = seed >>> 0 || 1
  return (below) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  }
}

function mutate(text: string, random: (below: number) => number): string {
  let out = text
  for (let round = random(12); round >= 0; round--) {
    const at = random(out.length + 1)
    const length = random(20)
    switch (random(5)) {
      case 0:
        out = out.slice(0, at) + out.slice(at + length)
        break
      case 1:
        out = out.slice(0, at) + pieces[random(pieces.length)] + out.slice(at)
        break
      case 2:
        out = out.slice(0, at) + out.slice(at, at + length).repeat(1 + random(40)) + out.slice(at)
        break
      case 3:
        out = out.slice(0, at) + String.fromCharCode(random(256)) + out.slice(at + 1)
        break
      default: {
        const other = seeds[random(seeds.length)]!
        const from = random(other.length)
        out = out.slice(0, at) + other.slice(from, from + random(200)) + out.slice(at)
      }
    }
  }
  return out
}

const winmail = tnef([
  ['a.txt', 'first'],
  ['b.txt', 'second'],
])

/** The fields of TNEF are numbers: octets change, and the end is cut off. */
function mutateTnef(random: (below: number) => number): Buffer {
  const bytes = Buffer.from(winmail)
  for (let round = random(8); round >= 0; round--) bytes[random(bytes.length)] = random(2) === 0 ? 255 : random(256)
  return bytes.subarray(0, random(3) === 0 ? random(bytes.length) : bytes.length)
}

/** Throws with the seed of the round that failed. Gives the number of rounds. */
export function fuzzMime(milliseconds: number, seed: number): number {
  const end = performance.now() + milliseconds
  let round = 0
  for (; performance.now() < end; round++) {
    const random = makeRandom(seed + round * 7919)
    const raw = Buffer.from(mutate(seeds[random(seeds.length)]!, random), 'latin1')
    const started = performance.now()
    try {
      checkMessage(raw)
      containedFiles(mutateTnef(random), 'application/ms-tnef')
    } catch (error) {
      throw new Error(`seed ${seed + round * 7919}: ${JSON.stringify(raw.toString('latin1'))}`, { cause: error })
    }
    if (performance.now() - started > 2000) throw new Error(`slow: seed ${seed + round * 7919}`)
  }
  return round
}

function checkMessage(raw: Buffer): void {
  const root = parseMessage(raw)
  let leafOctets = 0
  for (const part of walkParts(root)) {
    if (part.children) {
      if (part.children.length === 0) throw new Error('a multipart without parts')
      continue
    }
    if (part.type.startsWith('multipart/')) throw new Error('a leaf of type multipart')
    leafOctets += part.content!.length
    const decoded = decodeTransfer(part.content!, part.encoding)
    containedFiles(decoded.bytes, 'text/plain')
    const { text } = decodeCharset(decoded.bytes, part.charset)
    previewOf(text, part.type)
    htmlToText(text)
    if (part.type === 'message/rfc822') parseMessage(decoded.bytes, part.section)
    for (const field of part.fields ?? []) {
      for (const form of headerForms) headerValue(field.value, form as HeaderForm)
      parseDkimSignature(lenientValue(field.value))
    }
    believedResults(part.fields ?? [], ['mx.example.org'])
  }
  if (leafOctets > raw.length) throw new Error('octets from nowhere')
}

if (import.meta.main) {
  const seed = Number(process.argv[3] ?? Date.now() % 1e9)
  console.log(`${fuzzMime(Number(process.argv[2] ?? 10) * 1000, seed)} messages, seed ${seed}`)
}

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { BodyNode, EmailRow, MailAccount } from '#ports/mail-store.ts'
import { structureSource } from './message-source.ts'
import { isBorneOut, partToAskFor } from './told-size.ts'

const leaf = (section: string, encoding: string, size: number, type = 'application/pdf'): BodyNode => ({
  section,
  type,
  parameters: {},
  contentId: null,
  description: null,
  encoding,
  size,
  disposition: null,
  language: null,
  location: null,
  children: [],
})
const mixed = (...children: readonly BodyNode[]): BodyNode => ({
  ...leaf('', '7bit', 0, 'multipart/mixed'),
  children,
})
const encode = (octets: number, width: number) =>
  Buffer.alloc(octets, 'x')
    .toString('base64')
    .replace(new RegExp(`.{${width}}`, 'g'), '$&\r\n')

const N = 100_000

/** A message whose server tells `told` of section 2, which holds `content`; notes what is asked of the server. */
function messageOf(content: string, told: number | undefined, others: readonly BodyNode[] = []) {
  const asked: string[] = []
  const account = {
    async decodedSizes(_id: string, sections: readonly string[]) {
      asked.push(`sizes ${sections.join()}`)
      return new Map(told === undefined ? [] : sections.map((section) => [section, told]))
    },
    async section(_id: string, section: string) {
      asked.push(`section ${section}`)
      const body = (async function* () {
        yield Buffer.from(content)
      })()
      return { size: content.length, body }
    },
  } as Partial<MailAccount> as MailAccount
  const structure = mixed(leaf('1', '7bit', 4, 'text/plain'), leaf('2', 'base64', content.length), ...others)
  const row = { id: 'E1', size: 9, structure } as Partial<EmailRow> as EmailRow
  const { signal } = new AbortController()
  const source = structureSource({ account, signal, maxHeaderBytes: 1000, sizes: new Map() }, row)
  return { asked, size: () => source.decodedSize(source.root.children![1]!) }
}

test('a size that the server tells is taken without reading the part', async () => {
  const { asked, size } = messageOf(encode(N, 76), N)
  assert.deepEqual([await size(), await size(), asked], [N, N, ['sizes 2']])
})

test('a size that is not told, or that the encoded size does not bear out, is counted', async () => {
  for (const told of [undefined, 0, N - 285, N - 3, N + 3, encode(N, 76).length]) {
    const { asked, size } = messageOf(encode(N, 76), told)
    assert.deepEqual([await size(), asked], [N, ['sizes 2', 'section 2']], `${told}`)
  }
})

test('what only decoding tells is never asked for', async () => {
  const encoded = encode(N, 76)
  const ragged = messageOf(`${encoded.slice(0, 500)}!${encoded.slice(500)}`, N)
  assert.deepEqual([await ragged.size(), ragged.asked], [N, ['section 2']])
  // Dovecot's answer is short where another encoded part follows.
  for (const after of [
    leaf('3', 'base64', 5),
    leaf('3', 'quoted-printable', 5),
    leaf('3', '7bit', 5, 'message/rfc822'),
  ]) {
    const followed = messageOf(encoded, N - 1, [after])
    assert.deepEqual([await followed.size(), followed.asked], [N, ['section 2']], after.type)
  }
  const followed = messageOf(encoded, N, [leaf('3', '8bit', 5000, 'text/plain')])
  assert.deepEqual([await followed.size(), followed.asked], [N, ['sizes 2']])
})

test('the server is not made to decode more than is asked for', () => {
  const part = { children: null, type: 'application/pdf', encoding: 'base64' }
  type Root = Parameters<typeof partToAskFor>[0]
  const root = (...sizes: readonly number[]) =>
    ({ children: sizes.map((encodedSize) => ({ ...part, encodedSize })) }) as unknown as Root
  assert.equal(partToAskFor(root(78_000, 780_000))?.encodedSize, 780_000)
  assert.equal(partToAskFor(root(780_000, 780_000)), null)
  assert.equal(partToAskFor(root(780)), null)
  assert.equal(partToAskFor(root()), null)
})

test('every clean size in even lines is borne out, with a last line end or without, and none off by a quantum', () => {
  for (const width of [60, 64, 72, 76]) {
    for (let octets = N; octets <= N + 200; octets++) {
      const open = encode(octets, width).replace(/\r\n$/, '')
      for (const size of [open.length, open.length + 2]) {
        assert.ok(isBorneOut(size, octets), `${octets} in lines of ${width}`)
      }
    }
  }
  for (const width of [60, 64, 72, 76]) {
    for (let off = 3; off < 50; off += 3) {
      const { length } = encode(N, width)
      assert.ok(!isBorneOut(length, N - off) && !isBorneOut(length, N + off), `${off} off in lines of ${width}`)
    }
  }
})

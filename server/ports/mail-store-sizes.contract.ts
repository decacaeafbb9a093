// The part of the mail store's contract on sizes after decoding: told by servers with BINARY (RFC 3516), told by none that has not.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  addMessage,
  failsWith,
  freshAccount,
  type MailStoreSubject,
  soon,
  textOf,
} from '#testing/mail-store-harness.ts'

const encoded = (octets: number) => Buffer.alloc(octets, 'paquebot').toString('base64').replace(/.{76}/g, '$&\n')
const part = (body: string, encoding = 'base64') =>
  `--b\nContent-Type: application/pdf\nContent-Transfer-Encoding: ${encoding}\n\n${body}\n`
const mixed = (...parts: readonly string[]) =>
  `Subject: Sizes\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n${parts.join('')}--b--\n`

/** Called inside a `describe`. */
export function mailStoreSizesContract(subject: () => MailStoreSubject): void {
  test('a size after decoding is told rightly or not at all, and the message can be read after', async () => {
    const { account, inbox } = await freshAccount(subject())
    for (const octets of [1, 600, 200_000]) {
      const row = await addMessage(account, [inbox], mixed(part('text', '7bit'), part(encoded(octets))))
      const sizes = await account.decodedSizes(row.id, ['2'], soon())
      assert.deepEqual([...sizes], sizes.size === 0 ? [] : [['2', octets]])
    }
    assert.equal((await account.decodedSizes((await addMessage(account, [inbox], mixed())).id, [], soon())).size, 0)
    await assert.rejects(account.decodedSizes('Enone', ['1'], soon()), failsWith('notFound'))
  })

  test('parts that cannot be decoded take none of their neighbours with them, nor the account', async () => {
    const { account, inbox } = await freshAccount(subject())
    // The last is what ends a connection to Dovecot.
    for (const [body, encoding] of [
      ['abc', 'x-rot13'],
      ['YWJj!!\nZGVm', 'base64'],
      ['YWI', 'base64'],
    ] as const) {
      const row = await addMessage(account, [inbox], mixed(part(body, encoding), part(encoded(600))))
      const sizes = await account.decodedSizes(row.id, ['1', '2'], soon())
      assert.ok((sizes.get('2') ?? 600) === 600, `${sizes.get('2')}`)
      assert.equal(await textOf(await account.section(row.id, '1', 'body', soon())), body.replace('\n', '\r\n'))
    }
  })
}

// What every Directory owes, as a suite that each one's test calls with addresses that it serves and does not serve.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isFailure } from '#core/errors.ts'
import type { Directory } from './directory.ts'

export interface DirectoryUnderTest {
  readonly directory: Directory
  /** In lower case. */
  readonly known: string
  /** Well-formed, of a domain that is not served. */
  readonly unknown: string
  /** Makes what it asks unreachable, and reachable again; absent where it asks nobody. */
  readonly breakIt?: () => Promise<void>
  readonly mendIt?: () => Promise<void>
  close(): Promise<void>
}

const signal = AbortSignal.timeout(600_000)
const ports = (port: number) => Number.isInteger(port) && port > 0 && port < 65_536
const modes = ['implicit', 'starttls', 'none']

export function directoryContract(name: string, open: () => Promise<DirectoryUnderTest>): void {
  const withDirectory = (what: string, work: (under: DirectoryUnderTest) => Promise<void>) =>
    test(`${name}: ${what}`, async () => {
      const under = await open()
      try {
        await work(under)
      } finally {
        await under.close()
      }
    })

  withDirectory('an address has servers that can be asked, and a login', async ({ directory, known }) => {
    const { address, login, imap, smtp, sieve } = await directory.route(known, signal)
    assert.equal(address, known)
    assert.ok(login !== '' && !/[\x00-\x1f\x7f]/.test(login), JSON.stringify(login))
    for (const server of [imap, smtp, ...(sieve ? [sieve] : [])])
      assert.ok(server.host !== '' && ports(server.port) && modes.includes(server.tls), JSON.stringify(server))
  })

  withDirectory('all spellings of an address are one: the account is named by it', async ({ directory, known }) => {
    const at = known.lastIndexOf('@')
    for (const typed of [
      known.toUpperCase(),
      `  ${known} `,
      `${known.slice(0, at)}@${known.slice(at + 1).toUpperCase()}`,
    ])
      assert.equal((await directory.route(typed, signal)).address, known, typed)
    assert.deepEqual(await directory.route(known, signal), await directory.route(known, signal))
  })

  withDirectory('what it does not serve, or is no address, is not found', async ({ directory, known, unknown }) => {
    const domain = known.slice(known.lastIndexOf('@'))
    const none = [
      unknown,
      '',
      domain,
      `x\r\ny${domain}`,
      `x\0${domain}`,
      `a b${domain}`,
      `${'x'.repeat(2000)}${domain}`,
    ]
    for (const typed of none)
      await assert.rejects(
        directory.route(typed, signal),
        (error) => isFailure(error, 'notFound'),
        JSON.stringify(typed),
      )
  })

  withDirectory(
    'one that cannot be asked is unavailable, never «not found»',
    async ({ directory, known, ...under }) => {
      if (!under.breakIt || !under.mendIt) return
      await under.breakIt()
      await assert.rejects(directory.route(known, signal), (error) => isFailure(error, 'unavailable', 'timeout'))
      await under.mendIt()
      await directory.route(known, signal)
    },
  )
}

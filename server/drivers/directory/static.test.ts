import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isFailure } from '#core/errors.ts'
import { directoryContract } from '#ports/directory.contract.ts'
import { openStaticDirectory, type StaticServer } from './static.ts'

const at = (host: string, domains: string[], more: Partial<StaticServer> = {}): StaticServer => ({
  domains,
  imap: { host, port: 993, tls: 'implicit' },
  smtp: { host, port: 465, tls: 'implicit' },
  sieve: null,
  login: 'address',
  defaultDomain: null,
  ...more,
})
const signal = AbortSignal.timeout(60_000)
const notFound = (error: unknown) => isFailure(error, 'notFound')

directoryContract('static', async () => ({
  directory: openStaticDirectory([at('a', ['a.test'])]),
  known: 'joe@a.test',
  unknown: 'joe@b.test',
  close: async () => {},
}))

test('the first server whose domains match serves the address', async () => {
  const directory = openStaticDirectory([
    at('a', ['a.test', '*.a.test']),
    at('b', ['b.test'], { login: 'local-part' }),
    at('rest', ['*']),
  ])
  const host = async (address: string) => (await directory.route(address, signal)).imap.host
  assert.equal(await host('x@A.test'), 'a')
  assert.equal(await host('x@sub.a.test'), 'a')
  assert.equal(await host('x@nota.test'), 'rest')
  const route = await directory.route('  Joe@B.TEST ', signal)
  assert.deepEqual([route.address, route.login], ['joe@b.test', 'joe'])
})

test('spellings of one internationalised address are one', async () => {
  const directory = openStaticDirectory([at('a', ['*'])])
  assert.equal(
    (await directory.route('x@BÜCHER.test', signal)).address,
    (await directory.route('x@xn--bcher-kva.test', signal)).address,
  )
})

test('what is no address, or of no domain served, is not found', async () => {
  const directory = openStaticDirectory([at('a', ['a.test'])])
  for (const address of ['', 'x', '@a.test', 'x@', 'x y@a.test', 'x\r\n@a.test', 'x@b.test'])
    await assert.rejects(directory.route(address, signal), notFound, address)
})

test('a default domain completes a bare name', async () => {
  const directory = openStaticDirectory([at('a', ['a.test'], { defaultDomain: 'a.test' })])
  assert.equal((await directory.route('joe', signal)).address, 'joe@a.test')
})

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Failure } from '#core/errors.ts'
import { eventually } from '#testing/eventually.ts'
import { testLimits } from '#testing/scripted-connection.ts'
import { isReachable } from './reach-server.ts'
import { Watchdog } from './watchdog.ts'

async function serverThat(t: TestContext, meets: (socket: Socket) => void): Promise<number> {
  const sockets: Socket[] = []
  const server = createServer((socket) => {
    sockets.push(socket.on('error', () => {}))
    meets(socket)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return (server.address() as AddressInfo).port
}
const at = (port: number) => ({ server: { host: '127.0.0.1', port, tls: 'none' as const } })

function watch(over: { readonly isReachable: () => Promise<boolean>; readonly command?: string | null }) {
  const ends: Failure[] = []
  const watchdog = new Watchdog({
    host: 'mail.example',
    limits: { ...testLimits, commandTimeoutMs: 60_000, suspectAfterMs: 20, reachTimeoutMs: 100 },
    waitingFor: () => (over.command === undefined ? 'FETCH' : over.command),
    isPaused: () => false,
    isReachable: over.isReachable,
    end: (failure) => {
      ends.push(failure)
      watchdog.rest()
    },
  })
  return { watchdog, ends }
}

test('a server that greets, ends or refuses is there; one that accepts and says nothing is not', async (t) => {
  assert.equal(await isReachable(at(await serverThat(t, (socket) => socket.write('* OK hello\r\n'))), 5_000), true)
  assert.equal(await isReachable(at(await serverThat(t, (socket) => socket.end())), 5_000), true)
  const gone = createServer().listen(0, '127.0.0.1')
  await once(gone, 'listening')
  const { port } = gone.address() as AddressInfo
  await new Promise((resolve) => gone.close(resolve))
  assert.equal(await isReachable(at(port), 5_000), true)
  assert.equal(await isReachable(at(await serverThat(t, () => {})), 50), false)
})

test('many connections that fall silent ask the server once', async (t) => {
  let connections = 0
  const port = await serverThat(t, () => connections++)
  await Promise.all(Array.from({ length: 20 }, () => isReachable(at(port), 100)))
  assert.equal(connections, 1)
})

test('what waits for a server that cannot be reached any more fails long before the time limit', async () => {
  const { watchdog, ends } = watch({ isReachable: async () => false })
  watchdog.arm()
  await eventually(
    () => ends.length,
    (count) => count === 1,
    'it is ended',
  )
  assert.deepEqual([ends[0]?.code, ends[0]?.detail.reason], ['timeout', 'the server cannot be reached any more'])
})

test('a server that is slow and there is waited for, and asked again', async () => {
  let asked = 0
  const { watchdog, ends } = watch({
    isReachable: async () => {
      asked++
      return true
    },
  })
  watchdog.arm()
  await eventually(
    () => asked,
    (count) => count > 2,
    'it is asked again',
  )
  assert.equal(ends.length, 0)
  watchdog.rest()
})

test('an answer that came meanwhile counts, not the question; where silence is right nobody asks', async () => {
  const asked = Promise.withResolvers<boolean>()
  const { watchdog, ends } = watch({ isReachable: () => asked.promise })
  watchdog.arm()
  await sleep(60)
  watchdog.hear()
  asked.resolve(false)
  await sleep(5)
  assert.equal(ends.length, 0)
  watchdog.rest()
  const idle = watch({ command: null, isReachable: () => assert.fail('asked') })
  idle.watchdog.arm()
  await sleep(60)
  assert.equal(idle.ends.length, 0)
})

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { isFailure } from '#core/errors.ts'
import { eventually } from '#testing/eventually.ts'
import { never } from '#testing/scripted-connection.ts'
import {
  hearing,
  hopeless,
  isInTrouble,
  isPathLost,
  isReachable,
  noteRefused,
  onPathChange,
  untilWell,
} from './reach-server.ts'

const limits = { pathTimeoutMs: 10_000, reachTimeoutMs: 10_000, restartMs: 20_000 }
const at = (port: number) => ({ server: { host: '127.0.0.1', port, tls: 'none' as const } })
const greet = (socket: Socket) => void socket.write('* OK hello\r\n')

async function serverThat(t: TestContext, meets: (socket: Socket) => void, port = 0): Promise<number> {
  const sockets: Socket[] = []
  const server = createServer((socket) => {
    sockets.push(socket.on('error', () => {}))
    meets(socket)
  }).listen(port, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return portOf(server)
}

const portOf = (server: Server) => (server.address() as AddressInfo).port

/** A port where nobody listens. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const port = portOf(server)
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** Listens, accepts nothing, and its queue is full: the kernel drops what comes, as a cut path does. */
async function swallowingServer(t: TestContext) {
  const program = `import socket
s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen(0)
print(s.getsockname()[1], flush=True)
input()
while True:
  c = s.accept()[0]
  try: c.send(b"* OK hello\\r\\n")
  except OSError: pass`
  const child = spawn('python3', ['-c', program], { stdio: ['pipe', 'pipe', 'inherit'] })
  t.after(() => child.kill('SIGKILL'))
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  const port = Number(String(line))
  const fill: Socket[] = []
  t.after(() => {
    for (const socket of fill) socket.destroy()
  })
  for (let isFull = false; !isFull; ) {
    const socket = connect({ host: '127.0.0.1', port }).on('error', () => {})
    fill.push(socket)
    isFull = await Promise.race([once(socket, 'connect').then(() => false), sleep(300, true)])
  }
  return { port, accept: () => void child.stdin.write('go\n') }
}

test('a server that greets, ends or refuses is there; one that accepts and says nothing is not, and keeps nobody from trying', async (t) => {
  assert.equal(await isReachable(at(await serverThat(t, greet)), limits), true)
  assert.equal(await isReachable(at(await serverThat(t, (socket) => socket.end())), limits), true)
  assert.equal(await isReachable(at(await closedPort()), limits), true)
  const silent = at(await serverThat(t, () => {}))
  assert.equal(await isReachable(silent, { ...limits, reachTimeoutMs: 50 }), false)
  assert.equal(isInTrouble(silent.server), false)
})

test('many connections that fall silent ask the server once', async (t) => {
  let connections = 0
  const options = at(await serverThat(t, () => connections++))
  await Promise.all(Array.from({ length: 20 }, () => isReachable(options, { ...limits, reachTimeoutMs: 100 })))
  assert.equal(connections, 1)
})

test('where nothing comes back nobody waits, and it is asked until it greets', async (t) => {
  const { port, accept } = await swallowingServer(t)
  const options = at(port)
  let news = 0
  t.after(onPathChange(() => news++))
  assert.equal(await isReachable(options, { ...limits, pathTimeoutMs: 100 }), false)
  assert.equal(isPathLost(options.server), true)
  assert.equal(news, 1)
  assert.ok(hopeless(options.server))
  await assert.rejects(untilWell(options.server, never), (error) => isFailure(error, 'unavailable'))
  accept()
  await eventually(
    () => isPathLost(options.server),
    (isLost) => !isLost,
    'it is found again',
  )
  assert.equal(news, 2)
  await untilWell(options.server, never)
})

test('a server that is slow with new connections and talks on others is there', async (t) => {
  const { port } = await swallowingServer(t)
  const options = at(port)
  const hear = hearing(options.server)
  const talking = setInterval(hear, 10)
  assert.equal(await isReachable(options, { ...limits, pathTimeoutMs: 300 }), true)
  assert.equal(isInTrouble(options.server), false)
  clearInterval(talking)
  assert.equal(await isReachable(options, { ...limits, pathTimeoutMs: 300 }), false)
  assert.equal(isPathLost(options.server), true)
})

test('who is refused waits until the server greets, however many there are and without a pause of his own', async (t) => {
  const port = await closedPort()
  const { server } = at(port)
  noteRefused(at(port), limits)
  assert.equal(isPathLost(server), false)
  assert.equal(hopeless(server), null)
  let through = 0
  const waiting = Array.from({ length: 10 }, () => untilWell(server, never).then(() => through++))
  await sleep(100)
  assert.equal(through, 0)
  await serverThat(t, greet, port)
  await Promise.all(waiting)
  assert.equal(isInTrouble(server), false)
})

test('a server that stays away is waited for so long, and not by those who come later', async (t) => {
  const port = await closedPort()
  const { server } = at(port)
  noteRefused(at(port), { ...limits, restartMs: 200 })
  const isAway = (error: unknown) => isFailure(error, 'unavailable') && error.detail.command === 'connect'
  await assert.rejects(untilWell(server, never), isAway)
  assert.ok(hopeless(server))
  await assert.rejects(untilWell(server, never), isAway)
  await assert.rejects(untilWell(server, AbortSignal.abort()), Error)
  // Well again, the next one that is refused is waited for anew.
  await serverThat(t, greet, port)
  await eventually(
    () => isInTrouble(server),
    (is) => !is,
    'it is found',
  )
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLog } from '#core/log.ts'
import type { ServerState } from './engine.ts'
import type { WatchedServer } from './watched-server.ts'
import { chooseWriter } from './writers.ts'

const pool = { discardAll() {} } as WatchedServer['pool']

function server(name: string, state: Partial<ServerState> | null): WatchedServer {
  const whole: ServerState | null = state && {
    ...{ identity: name, isWritable: false, isGalera: false, position: null, timeline: null, broken: null },
    ...state,
  }
  return { name, pool, state: () => whole } as WatchedServer
}

function chosen(...servers: WatchedServer[]): string | undefined {
  const writers = chooseWriter(() => servers, silentLog)
  writers.choose()
  return writers.now()?.name
}

test('what is left of a pair is written to although it cannot reach its dead peer', () => {
  const left = server('left', { isWritable: true, broken: 'the I/O thread: cannot connect' })
  assert.equal(chosen(server('dead', null), left), 'left')
})

test('a server that may not be written to is no writer, nor is one of an older timeline', () => {
  assert.equal(chosen(server('replica', {})), undefined)
  let timeline = 2
  const primary = {
    name: 'primary',
    pool,
    state: () => ({ ...server('', { isWritable: true }).state(), timeline }),
  } as WatchedServer
  const writers = chooseWriter(() => [primary], silentLog)
  writers.choose()
  assert.equal(writers.now()?.name, 'primary')
  timeline = 1
  writers.choose()
  assert.equal(writers.now(), null)
})

test('a primary that was replaced is left at once, even while it still answers, and what waits for it fails', () => {
  let discarded = 0
  const old = {
    ...server('old', { isWritable: true, timeline: 1 }),
    pool: { discardAll: () => void discarded++ } as unknown as WatchedServer['pool'],
  }
  const servers = [old]
  const writers = chooseWriter(() => servers, silentLog)
  writers.choose()
  assert.equal(writers.now()?.name, 'old')
  servers.push(server('promoted', { isWritable: true, timeline: 2 }))
  writers.choose()
  assert.equal(writers.now()?.name, 'promoted')
  assert.equal(discarded, 1)
})

test('of two that may be written to the one in use stays, and it is told', () => {
  const errors: string[] = []
  const log = { ...silentLog, error: (event: string) => void errors.push(event) }
  const servers = [server('first', null), server('second', { isWritable: true })]
  const writers = chooseWriter(() => servers, log)
  writers.choose()
  servers[0] = server('first', { isWritable: true })
  writers.choose()
  assert.equal(writers.now()?.name, 'second')
  assert.deepEqual(errors, ['sql.writers.many'])
})

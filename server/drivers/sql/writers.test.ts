import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLog } from '#core/log.ts'
import type { ServerState } from './engine.ts'
import type { WatchedServer } from './watched-server.ts'
import { chooseWriter } from './writers.ts'

function server(name: string, state: Partial<ServerState> | null): WatchedServer {
  const whole: ServerState | null = state && {
    ...{ identity: name, isWritable: false, isGalera: false, position: null, timeline: null, broken: null },
    ...state,
  }
  return { name, state: () => whole } as WatchedServer
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
    state: () => ({ ...server('', { isWritable: true }).state(), timeline }),
  } as WatchedServer
  const writers = chooseWriter(() => [primary], silentLog)
  writers.choose()
  assert.equal(writers.now()?.name, 'primary')
  timeline = 1
  writers.choose()
  assert.equal(writers.now(), null)
})

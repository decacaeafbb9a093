// Push over EventSource (RFC 8620 §7.3): tells which states changed, and when changes may have been missed.

import type { SessionResource, StateChange } from '#shared/jmap/core.ts'
import { positions } from './positions.ts'

export interface PushOptions {
  readonly session: SessionResource
  readonly accountId: string
  readonly types: readonly string[]
  /** New states by type of record. */
  readonly onChange: (states: Readonly<Record<string, string>>) => void
  /** The stream runs: what changed between the first read and now, nobody told. */
  readonly onOpen: () => void
  /** The stream was broken and runs again. */
  readonly onResume: () => void
  /** The browser says that there is no network; `onResume` follows once there is. */
  readonly onOffline: () => void
}

const pingSeconds = 60
const firstDelayMs = 1_000
const longestDelayMs = 60_000
/** A page hidden longer than this may have been frozen by the browser. */
const hiddenTooLongMs = 60_000

export function openPush({
  session,
  accountId,
  types,
  onChange,
  onOpen,
  onResume,
  onOffline,
}: PushOptions): () => void {
  const url = session.eventSourceUrl
    .replace('{types}', encodeURIComponent(types.join(',')))
    .replace('{closeafter}', 'no')
    .replace('{ping}', String(pingSeconds))
  let source: EventSource | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  let failures = 0
  let wasBroken = false
  let hiddenAt = 0

  function connect(): void {
    source?.close()
    source = new EventSource(url)
    source.addEventListener('open', () => {
      failures = 0
      if (wasBroken) onResume()
      else onOpen()
      wasBroken = false
    })
    source.addEventListener('position', (event) => {
      positions.add((event as MessageEvent<string>).data)
    })
    source.addEventListener('state', (event) => {
      const change = JSON.parse((event as MessageEvent<string>).data) as StateChange
      const states = change.changed[accountId]
      if (states) onChange(states)
    })
    source.addEventListener('error', () => {
      wasBroken = true
      // While it is CONNECTING the browser tries again by itself; CLOSED means that it gave up (any status but 200).
      if (source?.readyState !== EventSource.CLOSED) return
      clearTimeout(timer)
      // In part random: a node that leaves closes many streams, and they need not come back together.
      const boundMs = Math.min(longestDelayMs, firstDelayMs * 2 ** failures++)
      timer = setTimeout(connect, boundMs / 2 + Math.random() * (boundMs / 2))
    })
  }

  function reconnect(): void {
    wasBroken = true
    clearTimeout(timer)
    connect()
  }

  function onVisibility(): void {
    if (document.hidden) hiddenAt = Date.now()
    else if (hiddenAt > 0 && Date.now() - hiddenAt > hiddenTooLongMs) reconnect()
  }

  connect()
  addEventListener('online', reconnect)
  addEventListener('offline', onOffline)
  document.addEventListener('visibilitychange', onVisibility)
  return () => {
    clearTimeout(timer)
    source?.close()
    removeEventListener('online', reconnect)
    removeEventListener('offline', onOffline)
    document.removeEventListener('visibilitychange', onVisibility)
  }
}

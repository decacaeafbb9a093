// What somebody waits for, measured through whole nodes: signing in, settings, the list. Two nodes by turns, one on each database, so
// that whatever else the machine does falls on both alike.

import { signIn } from '../ways/jmap.ts'

export const asked = ['sign in', 'read settings', 'write a setting', 'list the inbox'] as const
export type Asked = (typeof asked)[number]

export interface Place {
  readonly name: string
  readonly url: string
  /** Of people with a mailbox, all over the accounts of this database. */
  readonly addresses: readonly string[]
}

export type Spent = Readonly<Record<Asked, { readonly p50Ms: number; readonly p99Ms: number; readonly count: number }>>

/** Every address of every place `rounds` times; the first round of each warms up and is not counted. */
export async function spendDay(places: readonly Place[], rounds: number): Promise<ReadonlyMap<Place, Spent>> {
  const times = new Map(places.map((place) => [place, new Map<Asked, number[]>(asked.map((what) => [what, []]))]))
  const longest = Math.max(...places.map(({ addresses }) => addresses.length))
  for (let round = 0; round <= rounds; round++) {
    for (let n = 0; n < longest; n++) {
      for (const place of places) {
        const address = place.addresses[n % place.addresses.length] as string
        const spent = times.get(place) as Map<Asked, number[]>
        await visit(place.url, address, n, (what, ms) => round > 0 && spent.get(what)?.push(ms))
      }
    }
  }
  return new Map(
    places.map((place) => {
      const spent = times.get(place) as Map<Asked, number[]>
      return [place, Object.fromEntries([...spent].map(([what, list]) => [what, quantiles(list)])) as Spent]
    }),
  )
}

async function visit(url: string, address: string, n: number, note: (what: Asked, ms: number) => void): Promise<void> {
  const timed = async <T>(what: Asked, act: () => Promise<T>): Promise<T> => {
    const from = performance.now()
    const result = await act()
    note(what, performance.now() - from)
    return result
  }
  const client = await timed('sign in', () => signIn(url, address))
  const { accountId } = client
  const [settings, identities] = await timed('read settings', () =>
    client.call([
      ['Settings/get', { accountId, ids: null }, 's'],
      ['Identity/get', { accountId, ids: null }, 'i'],
    ]),
  )
  if (settings.list.length === 0 || identities.list.length === 0)
    throw new Error(`${address}: no settings or identities`)
  const key = settings.list[0].id
  const [written] = await timed('write a setting', () =>
    client.call([['Settings/set', { accountId, update: { [key]: { 'value/order': n + Math.random() } } }, 'w']]),
  )
  if (!(key in written.updated)) throw new Error(`${address}: ${JSON.stringify(written.notUpdated)}`)
  const [mailboxes] = await client.call([['Mailbox/get', { accountId, properties: ['role'] }, 'm']])
  const inbox = mailboxes.list.find((one: { role: string }) => one.role === 'inbox').id
  const list = () =>
    client.call([
      ['Email/query', { accountId, filter: { inMailbox: inbox }, limit: 50 }, 'q'],
      [
        'Email/get',
        {
          accountId,
          '#ids': { resultOf: 'q', name: 'Email/query', path: '/ids' },
          properties: ['subject', 'from', 'receivedAt', 'keywords', 'preview'],
        },
        'g',
      ],
    ])
  await list() // The mail server's own first time is not what is asked here.
  const [, rows] = await timed('list the inbox', list)
  if (rows.list.length === 0) throw new Error(`${address}: an empty list`)
  client.close()
}

function quantiles(list: number[]): { p50Ms: number; p99Ms: number; count: number } {
  list.sort((a, b) => a - b)
  const at = (share: number) => list[Math.min(list.length - 1, Math.floor(list.length * share))] as number
  return { p50Ms: at(0.5), p99Ms: at(0.99), count: list.length }
}

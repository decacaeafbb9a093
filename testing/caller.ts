// A caller for tests of domains: alice, unless told otherwise.

import type { Caller } from '#core/caller.ts'

export function testCaller(over: Partial<Caller> = {}): Caller {
  const address = over.address ?? 'alice@example.test'
  return {
    account: 'a-alice',
    address,
    credential: { kind: 'password', username: address, password: 'demo' },
    session: 'test',
    position: null,
    signal: new AbortController().signal,
    requestId: 'test',
    ...over,
  }
}

/** A change bus that remembers. */
export function recordingBus() {
  const published: { account: string; changed: Readonly<Record<string, string | null>> }[] = []
  return {
    published,
    publish: async (change: (typeof published)[number]) => void published.push(change),
    subscribe: () => () => {},
    close: async () => {},
  }
}

// What every change bus owes: run by each driver's test with its own way to open one.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually } from '#testing/eventually.ts'
import type { AccountChange, ChangeBus } from './change-bus.ts'

/** @param open two nodes' views of one bus */
export function testChangeBus(
  open: () => Promise<{ readonly one: ChangeBus; readonly other: ChangeBus; close(): Promise<void> }>,
): void {
  const withBus = (work: (one: ChangeBus, other: ChangeBus) => Promise<void>) => async () => {
    const { one, other, close } = await open()
    try {
      await work(one, other)
    } finally {
      await close()
    }
  }
  const collect = (bus: ChangeBus, account: string) => {
    const heard: AccountChange[] = []
    const stop = bus.subscribe(account, (change) => heard.push(change))
    return { heard, stop }
  }
  /** Other nodes hear a little later than they listen: tells until `heard` has something, then forgets what it heard. */
  const connect = (from: ChangeBus, account: string, heard: AccountChange[]) =>
    eventually(
      async () => {
        await from.publish({ account, changed: { Hello: null } })
        return heard.some(({ changed }) => 'Hello' in changed)
      },
      Boolean,
      'the buses do not hear one another',
    )
  const states = (heard: readonly AccountChange[]) =>
    heard.flatMap(({ changed }) => (changed.Identity === undefined ? [] : [changed.Identity]))

  test(
    'a change is heard on every node that listens to its account, once, in order, and by nobody else',
    withBus(async (one, other) => {
      const here = collect(one, 'a1')
      const there = collect(other, 'a1')
      const stranger = collect(other, 'a2')
      await connect(one, 'a1', there.heard)
      for (const state of ['s1', null, 's2']) await one.publish({ account: 'a1', changed: { Identity: state } })
      assert.deepEqual(states(here.heard), ['s1', null, 's2'], 'this node hears before publish resolves')
      await eventually(
        () => states(there.heard).length,
        (count) => count >= 3,
        'the other node',
      )
      // What would be heard twice is heard twice by now: these come last.
      await one.publish({ account: 'a1', changed: { Identity: 'last' } })
      await one.publish({ account: 'a2', changed: { Identity: 'else' } })
      await eventually(
        () => states(stranger.heard).length,
        (count) => count > 0,
        'the other account',
      )
      await eventually(
        () => states(there.heard).length,
        (count) => count > 3,
        'the last one',
      )
      assert.deepEqual(states(there.heard), ['s1', null, 's2', 'last'])
      assert.deepEqual(states(here.heard), ['s1', null, 's2', 'last'])
      assert.deepEqual(states(stranger.heard), ['else'])
    }),
  )

  test(
    'who has stopped listening hears nothing, and others of the account still do',
    withBus(async (one, other) => {
      const leaving = collect(other, 'a1')
      const staying = collect(other, 'a1')
      await connect(one, 'a1', staying.heard)
      leaving.stop()
      leaving.stop()
      await one.publish({ account: 'a1', changed: { Identity: 's1' } })
      await eventually(
        () => states(staying.heard),
        (heard) => heard.length > 0,
        'who stays',
      )
      assert.deepEqual(states(leaving.heard), [])
    }),
  )

  test(
    'a closed bus is silent, and telling it something is no error',
    withBus(async (one, other) => {
      const there = collect(other, 'a1')
      await connect(one, 'a1', there.heard)
      await other.close()
      there.heard.length = 0
      await one.publish({ account: 'a1', changed: { Identity: 's1' } })
      await other.publish({ account: 'a1', changed: { Identity: 's2' } })
      assert.deepEqual(states(there.heard), [])
    }),
  )
}

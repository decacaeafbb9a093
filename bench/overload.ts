// `node bench/overload.ts`: one account hammers a node in this process with expensive calls while others read. What the others wait with
// turns and without, and what comes of more than the node can do.

import { capabilities as urns } from '#shared/jmap/core.ts'
import { signIn, startTestNode, type TestClient, type TestNode } from '#testing/node.ts'

const forMs = 6_000
/** What an expensive call takes of the processor. */
const burnMs = 8
const using = [urns.core, urns.mail]

interface Figures {
  readonly served: number
  readonly refused: number
  readonly p50: number
  readonly p99: number
}

async function measure(perAccount: number, isAdaptive: boolean, hammerers: number): Promise<[Figures, Figures]> {
  const node: TestNode = await startTestNode({
    turns: {
      maxRunning: 256,
      maxRunningPerAccount: () => (isAdaptive ? node.listener.admission.width(perAccount) : perAccount),
    },
    limits: { maxConcurrentRequests: 16 },
    http: { maxLagMs: isAdaptive ? 200 : 0 },
    methods: {
      'Test/burn': {
        capability: urns.core,
        async run() {
          const until = performance.now() + burnMs
          while (performance.now() < until);
          // As a mail server would: the rest is waiting.
          await new Promise((resolve) => setTimeout(resolve, burnMs))
          return {}
        },
      },
    },
  })
  const [alice, bob] = [await signIn(node), await signIn(node, 'bob@example.test')]
  const until = performance.now() + forMs
  const heavy = load(alice, hammerers, until, ['Test/burn', {}, 'c'], 8)
  const light = load(bob, 1, until, ['Mailbox/get', { accountId: bob.accountId }, 'c'], 1)
  const figures = await Promise.all([heavy, light])
  await node.stop()
  return figures
}

async function load(
  client: TestClient,
  workers: number,
  until: number,
  call: unknown,
  calls: number,
): Promise<Figures> {
  const times: number[] = []
  let refused = 0
  const body = JSON.stringify({ using, methodCalls: Array.from({ length: calls }, () => call) })
  const work = async () => {
    while (performance.now() < until) {
      const startedAt = performance.now()
      const reply = await client.fetch('/jmap/api', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      })
      await reply.text()
      if (reply.status === 200) times.push(performance.now() - startedAt)
      else refused++
      if (reply.status !== 200) await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
  await Promise.all(Array.from({ length: workers }, work))
  times.sort((a, b) => a - b)
  const at = (share: number) => Math.round(times[Math.floor(times.length * share)] ?? Number.NaN)
  return { served: times.length, refused, p50: at(0.5), p99: at(0.99) }
}

const rows = [
  ['nobody hammers', await measure(6, true, 0)],
  ['no turns', await measure(256, false, 16)],
  ['6 calls of an account at a time', await measure(6, false, 16)],
  ['as set: 6, fewer while the loop is late', await measure(6, true, 16)],
] as const
process.stdout.write(
  '| | the other: requests | p50 ms | p99 ms | the hammerer: served | refused |\n|---|---|---|---|---|---|\n',
)
for (const [name, [heavy, light]] of rows) {
  process.stdout.write(
    `| ${name} | ${light.served} | ${light.p50} | ${light.p99} | ${heavy.served} | ${heavy.refused} |\n`,
  )
}

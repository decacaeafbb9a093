// People who have signed in, looked at the inbox and left the tab open: what each keeps of the node and of the mail server.

import { readFile } from 'node:fs/promises'
import { Agent, get, type IncomingMessage } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { signIn } from '../ways/jmap.ts'

export interface Usage {
  /** What V8 and its buffers hold after collecting garbage. */
  readonly heapBytes: number
  /** What the kernel counts. */
  readonly residentBytes: number
  readonly fileDescriptors: number
}

export interface IdleCost {
  readonly people: number
  readonly before: Usage
  readonly after: Usage
  readonly imapConnections: number
  /** Event streams that were still open at the end; fewer than people is a failure. */
  readonly openStreams: number
}

const AT_ONCE = 8
/** Longer than `[imap] idle_close`: connections that nobody uses have gone by then. */
const SETTLE_MS = 70_000

export async function measureIdle(
  url: string,
  addresses: readonly string[],
  node: { readonly usage: () => Promise<Usage>; readonly imapPort: number },
  say: (line: string) => void,
): Promise<IdleCost> {
  const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY })
  const streams: IncomingMessage[] = []
  let openStreams = 0
  const look = async (address: string) => {
    const client = await signIn(url, address)
    const { accountId } = client
    const [mailboxes] = await client.call([['Mailbox/get', { accountId }, 'm']])
    const inbox = mailboxes.list.find((one: { role: string }) => one.role === 'inbox').id
    await client.call([['Email/query', { accountId, filter: { inMailbox: inbox }, limit: 50 }, 'q']])
    const stream = await openStream(`${url}/jmap/events?types=*&closeafter=no&ping=300`, client.headers, agent)
    client.close()
    stream.resume()
    stream.once('close', () => openStreams--)
    openStreams++
    streams.push(stream)
  }
  /** A node with too much to do says so, and asks to come again: a browser does. */
  const lookInTheEnd = async (address: string) => {
    for (let tries = 0; ; tries++) {
      try {
        return await look(address)
      } catch (error) {
        if (tries === 60 || !(error as Error).message.includes(': 503')) throw error
        await sleep(1_000)
      }
    }
  }
  await look(addresses[0] as string) // What is loaded once is nobody's.
  const before = await node.usage()
  const rest = addresses.slice(1)
  let next = 0
  const worker = async () => {
    for (let n = next++; n < rest.length; n = next++) {
      await lookInTheEnd(rest[n] as string)
      if ((n + 1) % 1_000 === 0) say(`${n + 1} signed in`)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
  await sleep(SETTLE_MS)
  const after = await node.usage()
  const cost = {
    people: rest.length,
    before,
    after,
    imapConnections: await connectionsTo(node.imapPort),
    openStreams: openStreams - 1,
  }
  for (const stream of streams) stream.destroy()
  agent.destroy()
  return cost
}

function openStream(url: string, headers: Readonly<Record<string, string>>, agent: Agent): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    get(url, { agent, headers: { ...headers, accept: 'text/event-stream' } }, (reply) => {
      if (reply.statusCode === 200) resolve(reply)
      else reject(new Error(`GET ${url}: ${reply.statusCode}`))
    }).on('error', reject)
  })
}

/** Established, from anywhere on this machine to that port of loopback (proc(5)). */
async function connectionsTo(port: number): Promise<number> {
  const remote = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`
  const lines = (await readFile('/proc/net/tcp', 'utf8')).split('\n')
  return lines.filter((line) => {
    const [, , to, state] = line.trim().split(/\s+/)
    return to === remote && state === '01'
  }).length
}

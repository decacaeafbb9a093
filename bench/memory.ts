// What a person who has signed in, looked at the inbox and gone for coffee keeps of our process.

import type { Stage } from './stage.ts'
import { signIn } from './ways/jmap.ts'

export async function measureMemory(stage: Stage): Promise<{ bytesPerPerson: number; people: number }> {
  const addresses = stage.idle
  await look(stage, addresses[0] as string) // What is loaded once is nobody's.
  const before = await stage.memoryBytes()
  for (const address of addresses.slice(1)) await look(stage, address)
  const after = await stage.memoryBytes()
  return { bytesPerPerson: (after - before) / (addresses.length - 1), people: addresses.length }
}

async function look(stage: Stage, address: string): Promise<void> {
  const client = await signIn(stage.url, address)
  const { accountId } = client
  const [mailboxes] = await client.call([['Mailbox/get', { accountId }, 'm']])
  const inbox = mailboxes.list.find((one: { role: string }) => one.role === 'inbox').id
  await client.call([['Email/query', { accountId, filter: { inMailbox: inbox }, limit: 50 }, 'q']])
  client.close()
}

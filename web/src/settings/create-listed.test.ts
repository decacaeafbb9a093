import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JmapClient } from '../jmap/client.ts'
import { JmapError } from '../jmap/methods.ts'
import { createIdentity, createTemplate } from './create-listed.ts'

type Row = Record<string, unknown> & { readonly id: string }

/** A server of one list, which keeps names as ours does, and loses the next answer or the next request. */
function listing(loss: 'answer' | 'request' | 'unavailable') {
  const list: Row[] = []
  let isLost = false
  const client = {
    accountId: 'u1',
    async call(name: string, args: { create?: { new: { name: string } } }) {
      if (name.endsWith('/get')) return { list: [...list] }
      const isFirst = !isLost
      isLost = true
      if (isFirst && loss === 'request') throw new JmapError('network')
      const values = args.create?.new ?? { name: '' }
      list.push({ ...values, name: values.name.slice(0, 255), id: String(list.length) })
      if (isFirst && loss === 'answer') throw new JmapError('network')
      return { notCreated: isFirst ? { new: { type: 'serverUnavailable' } } : null }
    },
  }
  return { client: client as unknown as JmapClient, list, loseAgain: () => (isLost = false) }
}

const identity = { name: 'A', email: 'a@b.test', replyTo: null, bcc: null, textSignature: 'x', htmlSignature: '' }
const template = { name: 'long '.repeat(60), subject: 's', textBody: 't', htmlBody: '' }

for (const loss of ['answer', 'request', 'unavailable'] as const) {
  test(`an identity and a template are made once, after a loss (${loss}), beside others with the same values`, async () => {
    const identities = listing(loss)
    await createIdentity(identities.client, [], identity)
    assert.equal(identities.list.length, 1)
    identities.loseAgain()
    await createIdentity(identities.client, [...identities.list] as never, identity)
    assert.equal(identities.list.length, 2)
    const templates = listing(loss)
    await createTemplate(templates.client, [], template)
    assert.equal(templates.list.length, 1)
  })
}

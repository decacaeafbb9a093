// RFC 8620 §3: requests, from outside.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { signIn, startTestNode, type TestClient, type TestNode } from '#testing/node.ts'

let node: TestNode
let alice: TestClient
const core = 'urn:ietf:params:jmap:core'

before(async () => {
  node = await startTestNode()
  alice = await signIn(node)
})
after(() => node.stop())

test('Core/echo gives back its arguments', async () => {
  const { status, body } = await alice.request({ using: [core], methodCalls: [['Core/echo', { hello: true }, 'b3ff']] })
  assert.equal(status, 200)
  assert.deepEqual(body.methodResponses, [['Core/echo', { hello: true }, 'b3ff']])
})

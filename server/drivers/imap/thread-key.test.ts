import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hash64 } from './hash.ts'
import { threadKey } from './thread-key.ts'

const key = (headers: string) => threadKey(Buffer.from(headers))

test('a thread is named by the first of References, else In-Reply-To, else the message itself', () => {
  assert.equal(key('Message-ID: <a@x>\r\n\r\n'), hash64('a@x'))
  assert.equal(key('Message-ID: <b@x>\r\nIn-Reply-To: <a@x>\r\n\r\n'), hash64('a@x'))
  assert.equal(key('References: <a@x> <b@x>\r\nIn-Reply-To: <b@x>\r\nMessage-ID: <c@x>\r\n\r\n'), hash64('a@x'))
  assert.equal(key('references:\r\n\t<a@x>\r\n <b@x>\r\n\r\n'), hash64('a@x'))
  assert.equal(key('In-Reply-To: your mail of Monday\r\nMessage-ID: <c@x>\r\n\r\n'), hash64('c@x'))
  assert.equal(key('X-References: <z@x>\r\n\r\n'), null)
  assert.equal(key('\r\n'), null)
})

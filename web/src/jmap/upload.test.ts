import assert from 'node:assert/strict'
import { after, beforeEach, test } from 'node:test'
import { uploadBlob } from './upload.ts'

interface Step {
  readonly status: number
  readonly body?: string
  readonly headers?: Readonly<Record<string, string>>
}

let steps: (Step | 'lost')[] = []
let sent: unknown[] = []

/** What of XMLHttpRequest the upload uses, over a server that answers by `steps`. */
class FakeXhr {
  readonly upload: { onprogress?: (event: object) => void } = {}
  status = 0
  responseText = ''
  #headers: Readonly<Record<string, string>> = {}
  onload = () => {}
  onerror = () => {}
  onabort = () => {}
  onloadend = () => {}
  open() {}
  setRequestHeader() {}
  getResponseHeader(name: string) {
    return this.#headers[name] ?? null
  }
  abort() {
    this.onabort()
    this.onloadend()
  }
  send(body: unknown) {
    sent.push(body)
    const step = steps.shift()
    setTimeout(() => {
      if (step === undefined || step === 'lost') this.onerror()
      else {
        this.status = step.status
        this.responseText = step.body ?? ''
        this.#headers = step.headers ?? {}
        this.onload()
      }
      this.onloadend()
    }, 0)
  }
}

const real = globalThis.XMLHttpRequest
globalThis.XMLHttpRequest = FakeXhr as unknown as typeof XMLHttpRequest
after(() => {
  globalThis.XMLHttpRequest = real
})
beforeEach(() => {
  sent = []
})

const file = new Blob(['text'], { type: 'text/plain' })
const stored = { blobId: 'b', type: 'text/plain', size: 4 }
const done: Step = { status: 201, body: JSON.stringify(stored) }
const ours = { 'content-type': 'application/problem+json' }

function upload(signal?: AbortSignal) {
  const waits: number[] = []
  const transport = {
    csrf: () => '',
    signInAgain: async () => {},
    sleep: async (ms: number) => void waits.push(ms),
  }
  return { result: uploadBlob('/jmap/upload/u1', file, transport, signal ? { signal } : {}), waits }
}

test('an upload whose answer was lost is sent again, the same octets', async () => {
  steps = ['lost', { status: 502 }, { status: 503, headers: { ...ours, 'retry-after': '2' } }, done]
  const { result, waits } = upload()
  assert.deepEqual(await result, stored)
  assert.deepEqual(sent, [file, file, file, file])
  assert.ok((waits[2] ?? 0) >= 2000 && (waits[0] ?? 0) < 2000)
})

test('after enough tries it fails; what was refused is not tried again', async () => {
  steps = []
  await assert.rejects(upload().result, { type: 'network' })
  assert.equal(sent.length, 7)
  sent = []
  steps = [{ status: 413 }]
  await assert.rejects(upload().result, { type: 'requestTooLarge' })
  steps = [{ status: 500 }]
  await assert.rejects(upload().result, { type: 'serverFail' })
  assert.equal(sent.length, 2)
})

test('an upload that is given up is not sent again', async () => {
  steps = [done]
  const abort = new AbortController()
  const { result } = upload(abort.signal)
  abort.abort()
  await assert.rejects(result, { name: 'AbortError' })
  assert.equal(sent.length, 1)
})

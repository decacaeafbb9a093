import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isTooLarge, lookAt } from './shown-file.ts'

test('the type decides what a file is shown as, and its name where the type says nothing', () => {
  const kind = (type: string, name: string | null = null) => lookAt({ type, name }).kind
  assert.deepEqual(
    [
      'image/PNG',
      'image/svg+xml',
      'application/pdf',
      'text/html',
      'application/ld+json',
      'audio/mpeg',
      'video/mp4',
    ].map((type) => kind(type)),
    ['picture', 'drawing', 'pdf', 'text', 'text', 'audio', 'video'],
  )
  assert.deepEqual(lookAt({ type: 'application/octet-stream', name: 'Scan.PDF' }), {
    type: 'application/pdf',
    kind: 'pdf',
  })
  assert.equal(kind('application/x-msdownload', 'picture.png'), 'other', 'a type that says something is believed')
  assert.equal(kind('application/octet-stream', 'constructor'), 'other')
  assert.equal(kind('application/octet-stream', 'x.constructor'), 'other')
  assert.equal(kind('image/tiff'), 'other', 'no browser shows it')
  assert.equal(kind('application/zip', 'a.zip'), 'other')
})

test('what would fill the memory is not shown', () => {
  assert.equal(isTooLarge({ kind: 'drawing', size: 2_000_001 }), true)
  assert.equal(isTooLarge({ kind: 'picture', size: 2_000_001 }), false)
  assert.equal(isTooLarge({ kind: 'video', size: 5e9 }), false, 'streamed')
})

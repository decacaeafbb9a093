import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Frame, Framer, type FrameSink } from './framer.ts'
import { transcripts } from './transcripts.ts'

const stream = Buffer.from(transcripts.join(''), 'latin1')

function framesOf(chunks: Iterable<Buffer>): string[] {
  const frames: string[] = []
  const framer = new Framer(
    { frame: ({ bytes }) => frames.push(bytes.toString('latin1')), literal: () => null },
    1_000_000,
  )
  for (const chunk of chunks) framer.push(chunk)
  assert.equal(framer.held, 0)
  return frames
}

test('responses come out whole wherever the stream is cut in two', () => {
  for (let at = 0; at <= stream.length; at++) {
    assert.deepEqual(framesOf([stream.subarray(0, at), stream.subarray(at)]), transcripts)
  }
})

test('responses come out whole from chunks of any one size', () => {
  for (let size = 1; size < 50; size++) {
    const chunks = Array.from({ length: Math.ceil(stream.length / size) }, (_, i) =>
      // A chunk of a larger slab, as sockets give them: what lies behind it must never be read or written.
      Buffer.concat([stream.subarray(i * size, (i + 1) * size), Buffer.alloc(64, 'X')]).subarray(
        0,
        Math.min(size, stream.length - i * size),
      ),
    )
    assert.deepEqual(framesOf(chunks), transcripts)
  }
})

test('a literal goes to its sink octet by octet, and the rest of its response stays whole', () => {
  const body = Buffer.from(`${'x'.repeat(50)}\r\n* 9 EXISTS\r\n`)
  const wire = Buffer.concat([
    Buffer.from(`* 1 EXISTS\r\n* 1 FETCH (UID 5 BODY[] {${body.length}}\r\n`),
    body,
    Buffer.from(' FLAGS (\\Seen) BODY[2] {3}\r\nabc)\r\n* 2 EXISTS\r\n'),
  ])
  for (let size = 1; size <= wire.length; size++) {
    const frames: Frame[] = []
    const taken: Buffer[] = []
    let ends = 0
    const sink: FrameSink = { write: (chunk) => taken.push(Buffer.from(chunk)) > 0, end: () => ends++ }
    const heads: string[] = []
    const framer = new Framer(
      {
        frame: (frame) => frames.push(frame),
        literal: (head, octets) => {
          heads.push(head.toString())
          return octets > 10 ? sink : null
        },
      },
      1000,
    )
    for (let at = 0; at < wire.length; at += size) framer.push(wire.subarray(at, at + size))
    assert.equal(Buffer.concat(taken).toString(), body.toString())
    assert.equal(ends, 1)
    assert.equal(heads[0], `* 1 FETCH (UID 5 BODY[] {${body.length}}\r\n`)
    const head = heads[0] as string
    assert.deepEqual(
      frames.map((frame) => frame.bytes.toString()),
      ['* 1 EXISTS\r\n', `${head} FLAGS (\\Seen) BODY[2] {3}\r\nabc)\r\n`, '* 2 EXISTS\r\n'],
    )
    assert.deepEqual(frames[1]?.streamed, [head.length])
  }
})

test('an empty literal can be streamed', () => {
  let ends = 0
  const frames: string[] = []
  const framer = new Framer(
    {
      frame: (frame) => frames.push(frame.bytes.toString()),
      literal: () => ({ write: () => true, end: () => ends++ }),
    },
    1000,
  )
  framer.push(Buffer.from('* 1 FETCH (BODY[] {0}\r\n)\r\n'))
  assert.equal(ends, 1)
  assert.deepEqual(frames, ['* 1 FETCH (BODY[] {0}\r\n)\r\n'])
})

test('a sink that is full says so to whoever feeds', () => {
  const framer = new Framer({ frame() {}, literal: () => ({ write: () => false, end() {} }) }, 1000)
  assert.equal(framer.push(Buffer.from('* 1 FETCH (BODY[] {100}\r\nabc')), false)
  assert.equal(framer.push(Buffer.from('def')), false)
})

test('a literal or a line over the limit is refused before it is held', () => {
  const framer = () => new Framer({ frame() {}, literal: () => null }, 1000)
  assert.throws(() => framer().push(Buffer.from('* 1 FETCH (BODY[] {1001}\r\n')), /literal of 1001/)
  assert.throws(() => framer().push(Buffer.from('* 1 FETCH (BODY[] {99999999999999999999}\r\n')), /range/)
  const endless = framer()
  assert.throws(() => {
    for (let i = 0; i < 200; i++) endless.push(Buffer.from('* LIST 78'))
  }, /over 1000 octets/)
})

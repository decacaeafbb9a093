import assert from 'node:assert/strict'
import { test } from 'node:test'
import { commandScanner } from './counting-proxy.ts'

function scan(...chunks: readonly string[]): string[] {
  const names: string[] = []
  const feed = commandScanner((name) => names.push(name))
  for (const chunk of chunks) feed(Buffer.from(chunk, 'latin1'))
  return names
}

test('commands are counted by name, UID or not, wherever the chunks are cut', () => {
  assert.deepEqual(scan('a1 SEL', 'ECT inbox\r\na2 UID FETCH 1:* (FLAGS)\r', '\na3 noop\r\n'), [
    'SELECT',
    'FETCH',
    'NOOP',
  ])
})

test('what stands in a literal, and what goes on after it, is no command', () => {
  assert.deepEqual(scan('a APPEND x {12+}\r\nb FETCH 1\r\n.', '\r\nc NOOP\r\n'), ['APPEND', 'NOOP'])
  assert.deepEqual(scan('a APPEND x {3}\r\nabc {4}\r\ndefg\r\nb NOOP\r\n'), ['APPEND', 'NOOP'])
})

test('DONE ends an IDLE and is no command of its own', () => {
  assert.deepEqual(scan('a IDLE\r\n', 'DONE\r\n', 'b NOOP\r\n'), ['IDLE', 'NOOP'])
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openDotStuffer } from './dot-stuff.ts'

/** The rule, written the slow and plain way, over the whole message. */
const plain = (text: string) => {
  const lines = text.replace(/\r\n|\r|\n/g, '\n').split('\n')
  if (lines.at(-1) === '') lines.pop()
  return lines.map((line) => `${line.startsWith('.') ? '.' : ''}${line}\r\n`).join('')
}

function stuffed(text: string, cuts: readonly number[]): string {
  const stuffer = openDotStuffer()
  let out = ''
  let at = 0
  for (const cut of [...cuts, text.length]) {
    out += Buffer.from(stuffer.push(Buffer.from(text.slice(at, cut), 'latin1'))).toString('latin1')
    at = cut
  }
  return out + Buffer.from(stuffer.end()).toString('latin1')
}

test('however a message is cut and whatever its line ends, no line of it ends the DATA', () => {
  let seed = 42
  const random = (below: number) => {
    seed = (seed * 1103515245 + 12345) & 0x7fffffff
    return (seed >> 8) % below
  }
  const alphabet = ['\r', '\n', '\r\n', '\r\n', '.', '..', 'a', 'text', '\xff']
  for (let round = 0; round < 20_000; round++) {
    const text = Array.from({ length: random(12) }, () => alphabet[random(alphabet.length)]).join('')
    const cuts = Array.from({ length: random(4) }, () => random(text.length + 1)).sort((a, b) => a - b)
    const out = stuffed(text, cuts)
    assert.equal(out, plain(text), JSON.stringify({ text, cuts }))
    assert.ok(!`\r\n${out}`.includes('\r\n.\r\n'))
  }
})

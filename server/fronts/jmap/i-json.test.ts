import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NotJson, parseIJsonText } from './i-json.ts'

/** Seeded, so that a failure comes again (mulberry32). */
function random(seed: number) {
  return (below: number) => {
    seed = (seed + 0x6d2b79f5) | 0
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) % below
  }
}

// No backslash: after an object with the name «\\», the JSON.parse of V8 14.6 (Node 26.10) reads an escaped name of another object at the
// same place, such as "\\u0022", as «\\» too.
const names = ['a', 'b', '', '"', 'u0061', '{', '}', ',', ':', '😀', 'é', '__proto__', 'x\n']

/** JSON text of a random value with odd white space and escapes; with `double`, one object in it has a name twice. */
function write(pick: (below: number) => number, depth: number, double: { left: number }): string {
  const space = [' ', '', '\n', '\t '][pick(4)]!
  const quote = (text: string) =>
    pick(3) === 0
      ? `"${[...text].map((c) => [...Array(c.length)].map((_, i) => `\\u${c.charCodeAt(i).toString(16).padStart(4, '0')}`).join('')).join('')}"`
      : JSON.stringify(text)
  const kind = depth === 0 ? 2 + pick(5) : pick(7)
  if (kind === 0)
    return `[${space}${Array.from({ length: pick(4) }, () => write(pick, depth - 1, double)).join(`${space},`)}]`
  if (kind === 1) {
    const own = [...new Set(Array.from({ length: 1 + pick(4) }, () => names[pick(names.length)]!))]
    if (double.left > 0 && pick(2) === 0) {
      double.left--
      own.push(own[pick(own.length)]!)
    }
    return `{${own.map((name) => `${space}${quote(name)}${space}:${space}${write(pick, depth - 1, double)}`).join(',')}}`
  }
  return [quote(names[pick(names.length)]!), '-1.5e-7', '1E+30', 'true', 'null', '0', 'false'][kind]!
}

test('whatever JSON is written, it is taken as JSON.parse takes it, unless a name stands twice', () => {
  let refused = 0
  for (let seed = 1; seed <= 3000; seed++) {
    const pick = random(seed)
    const good = write(pick, 5, { left: 0 })
    assert.deepEqual(parseIJsonText(good), JSON.parse(good), good)
    const double = { left: 1 }
    const maybe = write(pick, 5, double)
    if (double.left === 0) {
      refused++
      assert.throws(() => parseIJsonText(maybe), NotJson, maybe)
    }
  }
  assert.ok(refused > 300, String(refused))
})

test('text cut, doubled or changed anywhere is refused or taken, never a crash or a hang', () => {
  for (let seed = 1; seed <= 3000; seed++) {
    const pick = random(seed)
    const text = write(pick, 5, { left: 0 })
    const at = pick(text.length)
    const changed = text.slice(0, at) + String.fromCharCode(pick(128)) + text.slice(at + pick(3))
    try {
      assert.deepEqual(parseIJsonText(changed), JSON.parse(changed))
    } catch (error) {
      assert.ok(error instanceof NotJson, String(error))
    }
  }
})

test('ten megabytes are read in a moment, whatever they are made of', () => {
  const size = 5_000_000
  for (const text of [
    `"${'\\\\'.repeat(size)}"`,
    `"${'\\"'.repeat(size)}"`,
    `[${'1,'.repeat(size)}1]`,
    `[${'1e1,'.repeat(size / 2)}1]`,
  ]) {
    parseIJsonText(text)
  }
})

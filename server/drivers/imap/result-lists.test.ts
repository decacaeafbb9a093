import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createResultLists, difference } from './result-lists.ts'

/** RFC 8620 §5.6: what a client does with the answer. */
function applied(before: readonly number[], { removed, added }: ReturnType<typeof difference>): readonly number[] {
  const list = before.filter((message) => !removed.includes(message))
  for (const { message, index } of added) list.splice(index, 0, message)
  return list
}

test('the difference of any two lists turns the one into the other', () => {
  let random = 7
  const next = (below: number) => {
    random = (random * 48271) % 2147483647
    return random % below
  }
  for (let round = 0; round < 500; round++) {
    const make = () => [...new Set(Array.from({ length: next(20) }, () => next(25)))]
    const [before, after] = [make(), make()]
    const changes = difference(Uint32Array.from(before), Uint32Array.from(after))
    assert.deepEqual(applied(before, changes), after)
  }
})

test('only what must move moves', () => {
  const changes = difference(Uint32Array.of(1, 2, 3, 4, 5), Uint32Array.of(5, 1, 2, 4, 6))
  assert.deepEqual(changes, {
    removed: [3, 5],
    added: [
      { message: 5, index: 0 },
      { message: 6, index: 4 },
    ],
  })
})

test('lists are kept within their bound, the least lately used go first', () => {
  const lists = createResultLists(10_000)
  const list = (state: string) => ({ messages: new Uint32Array(1000), state, generation: 1 })
  lists.keep('q', list('one'))
  lists.keep('q', list('two'))
  assert.ok(lists.at('q', 'one'))
  lists.keep('q', list('three'))
  assert.equal(lists.at('q', 'two'), null)
  assert.ok(lists.at('q', 'one'))
  assert.equal(lists.latest('q')?.state, 'three')
  assert.ok(lists.bytes <= 10_000)
})

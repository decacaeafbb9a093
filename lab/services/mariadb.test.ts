import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rejoinPosition } from './mariadb.ts'

test('a server that comes back asks again for its own transactions that were cut from its log', () => {
  assert.equal(rejoinPosition('1-1-3336,2-2-10', '1-1-3335,2-2-10', 1), '2-2-10,1-1-3335')
  assert.equal(rejoinPosition('2-2-10', '2-2-10', 1), '2-2-10')
  assert.equal(rejoinPosition('', '1-1-5', 1), '1-1-5')
})

// A ratchet: what an action costs the mail server and the database never rises unnoticed. Counts, not times: no machine changes them.

import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import type { NamedCost } from '../bench/measure.ts'
import { measureRatchet, type Ratchet, readRatchet } from '../bench/ratchet.ts'
import { type Action, actions, actionTexts } from '../bench/ways/way.ts'

let allowed: Ratchet
let costs: Record<Action, NamedCost>
before(async () => {
  allowed = await readRatchet()
  costs = await measureRatchet()
})

for (const action of actions) {
  test(`${actionTexts[action]} costs no more than it did (fewer: node bench/ratchet.ts writes the new bound)`, (t) => {
    const { commands, statements, bytes, names } = costs[action]
    const bound = allowed[action]
    t.diagnostic(`${commands} IMAP commands ${JSON.stringify(names)}, ${statements} SQL statements, ${bytes} bytes`)
    assert.ok(
      commands <= bound.commands,
      `IMAP commands: ${commands}, allowed ${bound.commands}: ${JSON.stringify(names)}`,
    )
    assert.ok(statements <= bound.statements, `SQL statements: ${statements}, allowed ${bound.statements}`)
    assert.ok(bytes <= bound.bytes, `bytes to and from IMAP: ${bytes}, allowed ${bound.bytes}`)
  })
}

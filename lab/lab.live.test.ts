// The short set of the lab for `npm test`: a small crowd, three faults. What must hold on any machine is asserted: nothing that was
// acknowledged is lost, every send arrives once, nobody is logged out, the service comes back. How fast is the lab's own business.

import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { type Result, runScenarios } from './judge/runner.ts'
import { assertMachine, labOf, listHosts, razeLab } from './net/lab.ts'
import { cutDatabase } from './scenarios/cut-node.ts'
import { killNode } from './scenarios/kill-node.ts'
import { killWriter } from './scenarios/kill-writer.ts'
import { defaultSettings } from './topologies/cluster.ts'
import { raiseCluster } from './topologies/up.ts'

const lab = labOf('test')
const people = 30
/** Generous for a loaded machine: it tells back from away, no more. */
const maxAwayMs = 30_000

after(() => razeLab(lab))

test('a cluster keeps its promises when a node dies, the writer dies, and a node is cut off from the database', {
  timeout: 400_000,
}, async (context) => {
  assertMachine()
  await razeLab(lab)
  const cluster = await raiseCluster(lab, { ...defaultSettings, people }, (line) => context.diagnostic(line))
  const results: Result[] = []
  await runScenarios(
    cluster,
    [killNode, killWriter, cutDatabase],
    { pauseMs: 3000, beforeMs: 2000, afterMs: 4000 },
    (result) => results.push(result),
  )
  for (const { title, figures, checked, missed } of results) {
    const told = `${title}: ${missed.join('; ')} ${figures.failures.join('; ')}`
    context.diagnostic(
      `${title}: ${figures.actions} actions, away ${figures.writeAwayMs} ms, slowest ${figures.slowestMs} ms`,
    )
    assert.deepEqual(checked?.faults, [], told)
    assert.equal(figures.loggedOut, 0, told)
    assert.ok(figures.actions > 20, told)
    assert.ok(figures.readAwayMs < maxAwayMs && figures.writeAwayMs < maxAwayMs, told)
  }
  assert.deepEqual(
    results.filter(({ checked }) => checked === null),
    [],
  )
  assert.equal(results[0]?.figures.failed, 0, `a node that dies is not noticed: ${results[0]?.figures.failures}`)
  await razeLab(lab)
  assert.equal(listHosts(lab).size, 0)
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cutRules } from './host.ts'

test('a cut drops both ways to the addresses alone, and replaces the one before in one transaction', () => {
  const rules = cutRules(['10.77.0.30', '10.77.0.31'])
  assert.match(rules, /^table inet lab\ndelete table inet lab\n/)
  assert.match(rules, /iif != "lo" ip saddr \{ 10\.77\.0\.30, 10\.77\.0\.31 \} drop/)
  assert.match(rules, /oif != "lo" ip daddr \{ 10\.77\.0\.30, 10\.77\.0\.31 \} drop/)
})

test('a cut of one port leaves the others', () => {
  const rules = cutRules(['10.77.0.30'], 3306)
  assert.match(rules, /ip saddr \{ 10\.77\.0\.30 \} tcp sport 3306 drop/)
  assert.match(rules, /ip daddr \{ 10\.77\.0\.30 \} tcp dport 3306 drop/)
})

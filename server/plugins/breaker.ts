// Switches a plugin off on this node after repeated failures, and on again after a while: five within a minute turn it off for five
// minutes. Each node judges for itself, for what fails may be its own.

import type { Clock } from '#core/clock.ts'

const maxFailures = 5
const windowMs = 60_000
const offMs = 300_000

export interface Breaker {
  isOn(): boolean
  /** True when this failure was the one that switched it off. */
  failed(): boolean
}

export function openBreaker(clock: Clock): Breaker {
  let failures: number[] = []
  let offUntil = 0
  return {
    isOn: () => clock.now() >= offUntil,
    failed() {
      const now = clock.now()
      failures = [...failures.filter((at) => at > now - windowMs), now]
      if (failures.length < maxFailures || now < offUntil) return false
      failures = []
      offUntil = now + offMs
      return true
    },
  }
}

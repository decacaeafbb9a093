// What stands in the templates' slots: drawn once per conversation, so that it speaks of one thing throughout.

import { slots } from './conversations.ts'
import { firstName, type Person } from './people.ts'
import type { Random } from './random.ts'

export function slotValues(random: Random, owner: Person): Record<string, string> {
  const drawn = Object.entries(slots).map(([name, choices]) => [name, random.pick<string>(choices)] as const)
  return {
    ...Object.fromEntries(drawn),
    owner: firstName(owner),
    number: String(random.int(100_000, 999_999)),
    coach: String(random.int(2, 28)),
    seat: String(random.int(2, 9)),
    hex: random.int(0x1000000, 0xfffffff).toString(16),
    weekday: random.pick(['Montag', 'Dienstag', 'Mittwoch', 'Donnerstag', 'Freitag']),
    diaes: random.pick(['lunes', 'martes', 'miércoles', 'jueves', 'viernes']),
  }
}

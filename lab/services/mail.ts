// The two mail hosts: Dovecot and Postfix on each, an address for each service, so that one can fail without the other moving.

import { addressOf, floating, type HostName } from '../topologies/plan.ts'
import { dovecot, dovecotCheck } from './dovecot.ts'
import { keepalived } from './keepalived.ts'
import { postfix, postfixCheck } from './postfix.ts'
import type { Service } from './service.ts'

export function mailServices(name: HostName, people: number): readonly Service[] {
  const isFirst = name === 'mail1'
  const shared = {
    self: addressOf(name),
    peers: [addressOf(isFirst ? 'mail2' : 'mail1')],
    priority: isFirst ? 150 : 100,
    // No scenario hangs them; a machine that is short of processor time does, and an address that comes and goes helps nobody.
    patience: { seconds: 6, fall: 3 },
  }
  return [
    dovecot(people),
    postfix,
    keepalived([
      { ...shared, name: 'imap', routerId: 54, address: floating.imap, check: dovecotCheck },
      { ...shared, name: 'smtp', routerId: 55, address: floating.smtp, check: postfixCheck },
    ]),
  ]
}

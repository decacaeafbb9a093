// Every scenario, in the order in which `run all` plays them: those that leave the lab as they found it first.

import type { Scenario } from '../judge/scenario.ts'
import { cutDatabase, cutMail, cutSessions } from './cut-node.ts'
import { delayReader } from './delay-reader.ts'
import { drainNode } from './drain-node.ts'
import { fillDisk } from './fill-disk.ts'
import { hangWriter } from './hang-writer.ts'
import { killBalancer } from './kill-balancer.ts'
import { killDovecot } from './kill-dovecot.ts'
import { killMemcached } from './kill-memcached.ts'
import { killNode } from './kill-node.ts'
import { killReader } from './kill-reader.ts'
import { killRedis } from './kill-redis.ts'
import { killS3 } from './kill-s3.ts'
import { killWriter } from './kill-writer.ts'
import { powerCut } from './power-cut.ts'
import { powerCutDatabases } from './power-cut-databases.ts'
import { rollingRestart } from './rolling-restart.ts'
import { shiftClock } from './shift-clock.ts'
import { stopPostfix } from './stop-postfix.ts'
import { upgrade } from './upgrade.ts'

/** The same faults on the other kinds of database. */
const onOtherDatabases = (['galera', 'postgres'] as const).flatMap((database) =>
  [killWriter, hangWriter].map(
    (scenario): Scenario => ({
      ...scenario,
      name: `${database}-${scenario.name}`,
      title: `${scenario.title} (${database === 'galera' ? 'Galera' : 'PostgreSQL'})`,
      needs: { database },
    }),
  ),
)

export const scenarios: readonly Scenario[] = [
  killNode,
  drainNode,
  killWriter,
  cutDatabase,
  cutSessions,
  cutMail,
  killBalancer,
  hangWriter,
  rollingRestart,
  killRedis,
  killS3,
  killReader,
  delayReader,
  fillDisk,
  killDovecot,
  stopPostfix,
  shiftClock,
  upgrade,
  powerCutDatabases,
  powerCut,
  killMemcached,
  ...onOtherDatabases,
]

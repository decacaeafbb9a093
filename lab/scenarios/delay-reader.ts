// The replica falls ten seconds behind, on purpose.

import { type Scenario, served } from '../judge/scenario.ts'
import { readerOf } from './reader.ts'

const delaySeconds = 10

export const delayReader: Scenario = {
  name: 'delay-reader',
  title: 'delay the reader by 10 s',
  invariant: 'People read what they wrote, however far the replica lags.',
  aims: served,
  async run({ cluster, mark, wait }) {
    const { database } = cluster
    const reader = await readerOf(cluster)
    await database.delay(reader, delaySeconds)
    mark(`${reader.name} is ${delaySeconds} s behind`)
    await wait(13_000)
    await database.delay(reader, 0)
    mark('no longer')
    await wait(3000)
  },
}

// The S3 server, one of the stores under `redundant`, dies.

import { type Scenario, served } from '../judge/scenario.ts'

export const killS3: Scenario = {
  name: 'kill-s3',
  title: 'kill the S3 server under `redundant`',
  invariant: 'An upload is kept while a quorum of stores has it; the missing copy is made later.',
  aims: served,
  async run({ cluster, mark, wait }) {
    await cluster.host('s3').signal('s3', 'KILL')
    mark('the S3 server is killed')
    await wait(8_000)
    await cluster.startService('s3', 's3')
    mark('it is back')
    await wait(3000)
  },
}

// The shared folder of uploads is full.

import { type Scenario, served } from '../judge/scenario.ts'

export const fillDisk: Scenario = {
  name: 'fill-disk',
  title: 'fill the upload disk',
  invariant: 'A full disk is no lost upload: the other stores take what it cannot, and it is never acknowledged half.',
  aims: served,
  async run({ cluster, mark, wait }) {
    const host = cluster.host('app1')
    // It fails when the disk is full, which is what is wanted.
    await host.exec([
      'sh',
      '-c',
      'head -c 10G /dev/zero > /shared/uploads/filler 2>/dev/null; df /shared/uploads | tail -1',
    ])
    mark('the disk is full')
    await wait(8_000)
    await host.exec(['rm', '-f', '/shared/uploads/filler'])
    mark('there is room again')
    await wait(3000)
  },
}

// memcached: in memory alone, so that what it held is gone with it.

import type { Service } from './service.ts'

export const memcached: Service = {
  name: 'memcached',
  start: (host) => host.start('memcached', ['memcached', '-u', 'nobody', '-m', '64', '-l', '0.0.0.0', '-p', '11211']),
  check: (host) =>
    host.exec([
      'bash',
      '-c',
      "timeout 1 bash -c 'exec 3<>/dev/tcp/127.0.0.1/11211 && echo version >&3 && read -r line <&3 && [[ $line == VERSION* ]]'",
    ]),
}

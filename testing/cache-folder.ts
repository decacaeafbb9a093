// Where demo, bench and test servers keep what is worth keeping between runs.

import { homedir } from 'node:os'
import { join } from 'node:path'

/** Root's home is closed to the unprivileged user whose mail Dovecot insists on keeping: the machine's cache then. */
export function cacheFolder(...below: readonly string[]): string {
  const own = process.getuid?.() === 0 ? '/var/cache' : join(homedir(), '.cache')
  return join(process.env.XDG_CACHE_HOME || own, 'paquebot', ...below)
}

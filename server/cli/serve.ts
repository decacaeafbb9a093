// `paquebot serve`: starts a node and stops it in good order on SIGTERM or SIGINT. A second signal does not wait.

import { openLog } from '#boot/log.ts'
import { startNode } from '#boot/node.ts'
import type { Config } from '#config/load.ts'

/** For connections to say goodbye after the drain. */
const closingMs = 5_000

/** Resolves to the exit code when the node has stopped. */
export async function serve(config: Config): Promise<number> {
  const log = openLog(config.log.level)
  const node = await startNode(config, { log })
  if (process.stdout.isTTY) process.stderr.write(`Paquebot serves at ${config.http.baseUrl ?? node.url}\n`)
  await new Promise<void>((resolve) => {
    let isStopping = false
    const stop = (signal: NodeJS.Signals) => {
      // 128 + the signal's number, as a shell would say it.
      if (isStopping) process.exit(signal === 'SIGINT' ? 130 : 143)
      isStopping = true
      log.info('node.stopping', { signal })
      resolve()
    }
    process.on('SIGTERM', stop)
    process.on('SIGINT', stop)
  })
  // Whatever hangs: the machine's manager must not have to kill it, nor wait.
  const { drainNotice, drainTimeout } = config.http
  const boundMs = drainNotice + drainTimeout + closingMs
  const late = setTimeout(() => {
    log.error('node.stopTimeout', { ms: boundMs })
    process.exit(1)
  }, boundMs)
  await node.stop()
  clearTimeout(late)
  log.info('node.stopped')
  return 0
}

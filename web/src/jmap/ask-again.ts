// A question that nobody answers. A connection whose other end has lost its power says nothing: a browser takes 45 s and more to notice,
// though another balancer has had the address since the first second. So what only reads is asked once more beside the first.

/** Longer than nearly every answer takes; a server with more to do than it can says so at once. */
export const silentMs = 8_000

/** The first answer; the error of the last that fails. The request that was slower is broken off. */
export function askAgain(
  ask: (signal: AbortSignal) => Promise<Response>,
  signal: AbortSignal | undefined,
  afterMs: number,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    const running = new Set<AbortController>()
    const begin = () => {
      const own = new AbortController()
      running.add(own)
      ask(signal ? AbortSignal.any([signal, own.signal]) : own.signal).then(
        (response) => {
          clearTimeout(timer)
          running.delete(own)
          for (const other of running) other.abort()
          resolve(response)
        },
        (error: unknown) => {
          running.delete(own)
          if (running.size > 0) return
          clearTimeout(timer)
          reject(error)
        },
      )
    }
    const timer = setTimeout(begin, afterMs)
    begin()
  })
}

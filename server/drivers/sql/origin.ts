// Where in our code a statement comes from, for the log of slow ones: the first frame outside of this room. Taking the stack costs about
// a microsecond; its text is made only when it is asked for.

export interface Origin {
  text(): string
}

const frames = 4

/** `above`: the function whose caller is meant. */
export function originOf(above: (...args: never[]) => unknown): Origin {
  const holder: { stack?: string } = {}
  const limit = Error.stackTraceLimit
  Error.stackTraceLimit = frames
  Error.captureStackTrace(holder, above)
  Error.stackTraceLimit = limit
  return {
    text() {
      // `at async getSettings (file:///…/server/domain/settings/settings.ts:45:12)`
      for (const line of (holder.stack ?? '').split('\n')) {
        const match = /at (?:async )?(?:(\S+) .*)?\(?(?:file:\/\/)?[^\s(]*?\/server\/([^\s:]+\.ts):(\d+)/.exec(line)
        if (match && !match[2]?.startsWith('drivers/sql/'))
          return `${match[2]}:${match[3]}${match[1] ? ` ${match[1]}` : ''}`
      }
      return 'unknown'
    },
  }
}

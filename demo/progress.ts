// A bar that fills on a terminal; a line per quarter where there is none.

const WIDTH = 36

export interface Progress {
  readonly add: (count: number) => void
  readonly end: () => void
}

export function showProgress(title: string, total: number, out: NodeJS.WriteStream = process.stdout): Progress {
  let done = 0
  let quarters = 0
  const draw = () => {
    const filled = Math.round((WIDTH * done) / total)
    out.write(`\r  ${title} ${'█'.repeat(filled)}${'░'.repeat(WIDTH - filled)} ${done}/${total} `)
  }
  if (!out.isTTY) out.write(`  ${title}: ${total}\n`)
  return {
    add(count) {
      done += count
      if (out.isTTY) draw()
      else if (Math.floor((4 * done) / total) > quarters) {
        quarters = Math.floor((4 * done) / total)
        out.write(`  ${title}: ${quarters * 25} %\n`)
      }
    },
    end() {
      if (out.isTTY) out.write('\n')
    },
  }
}

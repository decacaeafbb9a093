// What `npm run test:ui` is asked to do. The password comes from the environment, a file or the terminal, never from an argument alone:
// arguments are read by everybody on the machine (ps).

import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline/promises'
import { parseArgs } from 'node:util'

export interface UiTestOptions {
  readonly url: string
  readonly user: string
  readonly password: string
  readonly browser: string
  /** Folder for the report and the screenshots of what failed. */
  readonly reportDir: string
  /** How long one step may take. */
  readonly patienceMs: number
  /** How long a mail to oneself may take: through the time to undo and the mail servers. */
  readonly deliveryMs: number
  readonly isHeaded: boolean
  readonly isPhone: boolean
}

export const usage = `npm run test:ui -- --url https://mail.example.org --user test@example.org [options]

Tries an installation as a person would, in a real browser: signs in, makes a folder of its own, writes to itself with an attachment, reads,
searches, moves, deletes, looks at the settings, signs out, and removes what it made. Use an account that is there for this.

  --password-file FILE   the password's file, or - for standard input; else PAQUEBOT_TEST_PASSWORD, else it is asked for
  --password PASSWORD    for accounts whose password is no secret: everybody on this machine can read arguments
  --browser PATH         Chromium or Chrome (default: /usr/bin/chromium)
  --report DIR           where report.json and screenshots of failures go (default: ui-report)
  --patience SECONDS     the longest that one step may take (default: 120)
  --delivery SECONDS     the longest that a mail to oneself may take, the time to undo among it (default: 120)
  --phone                the size of a phone
  --headed               shows the browser
  --insecure             takes a certificate that nobody has signed (a test installation)

Exit code: 0 all steps passed, 1 some failed, 2 the call was wrong.`

export class UsageError extends Error {}

export interface Surroundings {
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Asks at the terminal, unseen; null where there is none. */
  readonly ask: (() => Promise<string>) | null
  readonly readStdin: () => Promise<string>
}

export async function readOptions(
  args: readonly string[],
  { environment, ask, readStdin }: Surroundings,
): Promise<(UiTestOptions & { readonly isInsecure: boolean }) | 'help'> {
  let values: ReturnType<typeof parse>
  try {
    values = parse(args)
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
  if (values.help) return 'help'
  if (!values.url || !/^https?:\/\/[^/]+/.test(values.url))
    throw new UsageError('--url: an address like https://mail.example.org')
  if (!values.user) throw new UsageError('--user: who signs in')
  const [patience, delivery] = (['patience', 'delivery'] as const).map((name) => {
    const seconds = Number(values[name])
    if (!(seconds >= 5 && seconds <= 3_600)) throw new UsageError(`--${name}: between 5 and 3600 seconds`)
    return seconds
  }) as [number, number]
  return {
    url: values.url.replace(/\/+$/, ''),
    user: values.user,
    password: await password(),
    browser: values.browser,
    reportDir: values.report,
    patienceMs: patience * 1_000,
    deliveryMs: delivery * 1_000,
    isHeaded: values.headed,
    isPhone: values.phone,
    isInsecure: values.insecure,
  }

  async function password(): Promise<string> {
    const { 'password-file': file } = values
    const given =
      file === '-'
        ? await readStdin()
        : file !== undefined
          ? await readFile(file, 'utf8').catch((error: Error) => {
              throw new UsageError(`--password-file: ${error.message}`)
            })
          : (values.password ?? environment.PAQUEBOT_TEST_PASSWORD ?? (ask ? await ask() : ''))
    const text = given.replace(/\r?\n$/, '')
    if (text === '') throw new UsageError('no password: PAQUEBOT_TEST_PASSWORD, --password-file or a terminal')
    return text
  }
}

function parse(args: readonly string[]) {
  return parseArgs({
    args: [...args],
    options: {
      url: { type: 'string' },
      user: { type: 'string' },
      password: { type: 'string' },
      'password-file': { type: 'string' },
      browser: { type: 'string', default: '/usr/bin/chromium' },
      report: { type: 'string', default: 'ui-report' },
      patience: { type: 'string', default: '120' },
      delivery: { type: 'string', default: '120' },
      phone: { type: 'boolean', default: false },
      headed: { type: 'boolean', default: false },
      insecure: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  }).values
}

/** At the terminal, without showing what is typed. */
export async function askUnseen(): Promise<string> {
  const { Writable } = await import('node:stream')
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
  process.stderr.write('Password: ')
  const terminal = createInterface({ input: process.stdin, output: silent, terminal: true })
  try {
    return await terminal.question('')
  } finally {
    terminal.close()
    process.stderr.write('\n')
  }
}

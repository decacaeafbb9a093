// Puts mail into an IMAP server as fast as it takes it: one connection per mailbox owner, MULTIAPPEND (RFC 3502) with non-synchronizing
// literals (RFC 7888), folders in order of time. For our own Dovecot, which has both.

import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { encodeMailboxName } from '#formats/imap/mailbox-name.ts'

export interface NewMail {
  readonly folder: string
  readonly flags: readonly string[]
  readonly date: Date
  readonly raw: Buffer
}

export interface FillTarget {
  readonly port: number
  readonly username: string
  readonly password: string
}

/** One transaction of the server each: small enough to show progress by, large enough to be fast. */
const BATCH = 100

export async function fillMailbox(
  target: FillTarget,
  mails: readonly NewMail[],
  onDone: (count: number) => void,
): Promise<void> {
  const imap = await openConnection(target.port)
  try {
    await imap.command(`LOGIN "${target.username}" "${target.password}"`)
    for (const [folder, inFolder] of Map.groupBy(mails, (mail) => mail.folder)) {
      const name = quoted(folder)
      if (folder !== 'INBOX') {
        await imap.command(`CREATE ${name}`).catch(() => {}) // It is there already.
        await imap.command(`SUBSCRIBE ${name}`)
      }
      for (let n = 0; n < inFolder.length; n += BATCH) {
        const batch = inFolder.slice(n, n + BATCH)
        const parts = batch.flatMap(({ flags, date, raw }) => [
          Buffer.from(` (${flags.join(' ')}) "${internalDate(date)}" {${raw.length}+}\r\n`),
          raw,
        ])
        await imap.command(Buffer.concat([Buffer.from(`APPEND ${name}`), ...parts]))
        onDone(batch.length)
      }
    }
  } finally {
    imap.close()
  }
}

interface Connection {
  readonly command: (command: string | Buffer) => Promise<void>
  readonly close: () => void
}

async function openConnection(port: number): Promise<Connection> {
  const socket: Socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  const lines = createInterface({ input: socket, crlfDelay: Infinity })[Symbol.asyncIterator]()
  let count = 0
  return {
    async command(command) {
      const tag = `f${++count}`
      socket.write(Buffer.concat([Buffer.from(`${tag} `), Buffer.from(command), Buffer.from('\r\n')]))
      for (;;) {
        const { value: line, done } = await lines.next()
        if (done) throw new Error('the IMAP server closed the connection')
        if (line.startsWith(`${tag} OK`)) return
        if (line.startsWith(`${tag} `)) throw new Error(`IMAP: ${line}`)
      }
    },
    close: () => socket.destroy(),
  }
}

const quoted = (folder: string): string => `"${encodeMailboxName(folder, false).toString('latin1')}"`

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** RFC 9051 §9: date-time. */
function internalDate(date: Date): string {
  const day = String(date.getUTCDate()).padStart(2, ' ')
  return `${day}-${MONTHS[date.getUTCMonth()]}-${date.getUTCFullYear()} ${date.toISOString().slice(11, 19)} +0000`
}

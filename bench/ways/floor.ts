// The floor: the fewest IMAP commands that bring the same result, on a socket whose answers are only awaited, not parsed. Nobody can be faster
// over IMAP; who is, has it from an index of their own.

import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { createTransport } from 'nodemailer'
import { PASSWORD, type Stage } from '../stage.ts'
import {
  attachment,
  flagTurn,
  PAGE,
  type Person,
  RECIPIENT,
  SENT_SUBJECT,
  searchWord,
  spread,
  type Way,
} from './way.ts'

export const floor: Way = { name: 'floor', open: openPerson }

/** What a row of a list shows. */
export const ROW_ITEMS =
  '(UID FLAGS INTERNALDATE RFC822.SIZE BODYSTRUCTURE PREVIEW BODY.PEEK[HEADER.FIELDS (FROM TO SUBJECT DATE MESSAGE-ID REFERENCES)])'

async function openPerson(stage: Stage, address: string): Promise<Person> {
  const imap = await openSocket(stage.dovecot.imapPort)
  await imap(`LOGIN ${address} ${PASSWORD}`)
  await imap('SELECT INBOX')
  const total = Number(/\* (\d+) EXISTS/.exec(await imap('SELECT INBOX'))?.[1])
  const transport = createTransport({
    host: '127.0.0.1',
    port: stage.submission.port,
    ignoreTLS: true,
    auth: { user: address, pass: PASSWORD },
  })
  let turn = 0
  let flagged = 0
  const uid = () => 1 + spread(turn++, total)
  return {
    act: {
      list: async () => void (await imap(`FETCH ${total - PAGE + 1}:${total} ${ROW_ITEMS}`)),
      async page() {
        const first = 1 + spread(++turn, total - PAGE)
        await imap(`FETCH ${first}:${first + PAGE - 1} ${ROW_ITEMS}`)
      },
      open: async () => void (await imap(`UID FETCH ${uid()} (UID FLAGS INTERNALDATE BODY.PEEK[])`)),
      async flag() {
        const { n, on } = flagTurn(flagged++)
        await imap(`UID STORE ${1 + spread(n, total)} ${on ? '+' : '-'}FLAGS.SILENT (\\Flagged)`)
      },
      async search() {
        const found =
          /\* SEARCH (.*)/
            .exec(await imap(`UID SEARCH SUBJECT "${searchWord(++turn)}"`))?.[1]
            ?.trim()
            .split(' ') ?? []
        await imap(`UID FETCH ${found.slice(-PAGE).join(',')} ${ROW_ITEMS}`)
      },
      async conversation() {
        const found = /\* SEARCH (.*)/
          .exec(await imap(`UID SEARCH INTHREAD REFS UID ${uid()}`))?.[1]
          ?.trim()
          .replaceAll(' ', ',')
        const rows = await imap(`UID FETCH ${found} ${ROW_ITEMS}`)
        const root = /References: (<[^>]+>)/.exec(rows)?.[1] ?? /Message-ID: (<[^>]+>)/.exec(rows)?.[1]
        await imap('EXAMINE Sent')
        const elsewhere = /\* SEARCH (.+)/
          .exec(await imap(`UID SEARCH HEADER References "${root}"`))?.[1]
          ?.trim()
          .replaceAll(' ', ',')
        if (elsewhere) await imap(`UID FETCH ${elsewhere} ${ROW_ITEMS}`)
        await imap('SELECT INBOX')
      },
      async send() {
        const raw = message(address, turn++)
        await transport.sendMail({ envelope: { from: address, to: [RECIPIENT] }, raw })
        await imap(Buffer.concat([Buffer.from(`APPEND Sent (\\Seen) {${raw.length}+}\r\n`), raw]))
      },
    },
    close: async () => {
      await imap('LOGOUT')
    },
  }
}

export function message(address: string, n: number): Buffer {
  const lines = attachment.toString('base64').match(/.{1,76}/g) ?? []
  return Buffer.from(
    `From: ${address}\r\nTo: ${RECIPIENT}\r\nSubject: ${SENT_SUBJECT} ${n}\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=frontier\r\n\r\n--frontier\r\nContent-Type: text/plain\r\n\r\nAs promised.\r\n--frontier\r\nContent-Type: text/plain; name=manifest.txt\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename=manifest.txt\r\n\r\n${lines.join('\r\n')}\r\n--frontier--\r\n`,
  )
}

/** Sends a command, resolves to all that came until its tagged OK. */
async function openSocket(port: number): Promise<(command: string | Buffer) => Promise<string>> {
  const socket: Socket = connect(port, '127.0.0.1').setNoDelay(true)
  await once(socket, 'data')
  let tags = 0
  return (command) =>
    new Promise((resolve, reject) => {
      const tag = `t${++tags} `
      const chunks: Buffer[] = []
      const onData = (chunk: Buffer) => {
        chunks.push(chunk)
        if (chunk.at(-1) !== 10) return
        // The last line of what has come: it ends the command unless it lies in a literal, whose lines do not start with our tag.
        const tail = Buffer.concat(chunks.slice(-2))
        const lastLine = tail.toString('latin1', tail.lastIndexOf(10, tail.length - 2) + 1)
        if (!lastLine.startsWith(tag)) return
        socket.off('data', onData)
        if (lastLine.startsWith(`${tag}OK`)) resolve(Buffer.concat(chunks).toString('latin1'))
        else reject(new Error(`IMAP: ${lastLine}`))
      }
      socket.on('data', onData)
      socket.write(Buffer.concat([Buffer.from(tag), Buffer.from(command), Buffer.from('\r\n')]))
    })
}

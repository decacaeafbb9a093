// imapflow, the IMAP client that most of Node uses, for the same results.

import { type FetchQueryObject, ImapFlow } from 'imapflow'
import { createTransport } from 'nodemailer'
import { PASSWORD, type Stage } from '../stage.ts'
import { message } from './floor.ts'
import { flagTurn, PAGE, type Person, RECIPIENT, searchWord, spread, type Way } from './way.ts'

export const imapflow: Way = { name: 'imapflow', open: openPerson }

const ROW: FetchQueryObject = {
  uid: true,
  flags: true,
  internalDate: true,
  size: true,
  envelope: true,
  bodyStructure: true,
  headers: ['references'],
}

async function openPerson(stage: Stage, address: string): Promise<Person> {
  const imap = new ImapFlow({
    host: '127.0.0.1',
    port: stage.dovecot.imapPort,
    secure: false,
    doSTARTTLS: false,
    auth: { user: address, pass: PASSWORD },
    logger: false,
    disableAutoIdle: true,
  })
  await imap.connect()
  const total = (await imap.mailboxOpen('INBOX')).exists
  const transport = createTransport({
    host: '127.0.0.1',
    port: stage.submission.port,
    ignoreTLS: true,
    auth: { user: address, pass: PASSWORD },
  })
  let turn = 0
  let flagged = 0
  const uid = () => 1 + spread(turn++, total)
  const rows = async (range: string, isUid: boolean) => {
    let count = 0
    for await (const _ of imap.fetch(range, ROW, { uid: isUid })) count++
    if (count === 0) throw new Error('imapflow: no rows')
  }
  const search = async (query: Parameters<typeof imap.search>[0]) => (await imap.search(query, { uid: true })) || []
  return {
    act: {
      list: () => rows(`${total - PAGE + 1}:${total}`, false),
      page() {
        const first = 1 + spread(++turn, total - PAGE)
        return rows(`${first}:${first + PAGE - 1}`, false)
      },
      open: async () =>
        void (await imap.fetchOne(String(uid()), { source: true, flags: true, internalDate: true }, { uid: true })),
      async flag() {
        const { n, on } = flagTurn(flagged++)
        const target = String(1 + spread(n, total))
        if (on) await imap.messageFlagsAdd(target, ['\\Flagged'], { uid: true })
        else await imap.messageFlagsRemove(target, ['\\Flagged'], { uid: true })
      },
      async search() {
        await rows((await search({ subject: searchWord(++turn) })).slice(-PAGE).join(','), true)
      },
      async conversation() {
        const one = await imap.fetchOne(String(uid()), { envelope: true, headers: ['references'] }, { uid: true })
        if (!one) throw new Error('imapflow: not found')
        const root = /<[^>]+>/.exec(one.headers?.toString() ?? '')?.[0] ?? one.envelope?.messageId ?? ''
        for (const folder of ['INBOX', 'Sent']) {
          await imap.mailboxOpen(folder)
          const found = await search({ or: [{ header: { references: root } }, { header: { 'message-id': root } }] })
          if (found.length > 0) await rows(found.join(','), true)
        }
        await imap.mailboxOpen('INBOX')
      },
      async send() {
        const raw = message(address, turn++)
        await transport.sendMail({ envelope: { from: address, to: [RECIPIENT] }, raw })
        await imap.append('Sent', raw, ['\\Seen'])
      },
    },
    close: () => imap.logout(),
  }
}

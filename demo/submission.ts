// The demo's submission server (RFC 6409): people sign in with their passwords, what they send to one another goes to Dovecot by LMTP (RFC 2033),
// what they send elsewhere goes nowhere: a demo must not reach the world.

import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createTransport } from 'nodemailer'
import { SMTPServer } from 'smtp-server'

export interface SubmissionOptions {
  readonly lmtpPort: () => number
  readonly domain: string
  readonly users: Readonly<Record<string, string>>
  readonly maxMessageBytes: number
}

export interface Submission {
  /** For people: AUTH required. */
  readonly port: number
  /** For Dovecot's own mail (vacation replies, redirects). */
  readonly relayPort: number
  readonly close: () => Promise<void>
}

export async function startSubmission(options: SubmissionOptions): Promise<Submission> {
  const forPeople = makeServer(options, false)
  const forDovecot = makeServer(options, true)
  const [port, relayPort] = await Promise.all([listen(forPeople), listen(forDovecot)])
  return {
    port,
    relayPort,
    async close() {
      await Promise.all([forPeople, forDovecot].map((server) => new Promise<void>((done) => server.close(done))))
    },
  }
}

async function listen(server: SMTPServer): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server.server, 'listening')
  return (server.server.address() as AddressInfo).port
}

function makeServer(options: SubmissionOptions, isOpen: boolean): SMTPServer {
  const isLocal = (address: string) => address.toLowerCase().endsWith(`@${options.domain}`)
  return new SMTPServer({
    banner: 'Paquebot demo',
    authMethods: ['PLAIN', 'LOGIN'],
    authOptional: isOpen,
    allowInsecureAuth: true, // It listens on loopback alone.
    disabledCommands: ['STARTTLS'],
    size: options.maxMessageBytes,
    closeTimeout: 1_000,
    onAuth({ username, password }, _session, done) {
      const isRight = username !== undefined && options.users[username.toLowerCase()] === password
      if (isRight) done(null, { user: username })
      else done(new Error('5.7.8 Wrong address or password'))
    },
    onRcptTo({ address }, _session, done) {
      const isUnknown = isLocal(address) && !(address.toLowerCase().replace(/\+[^@]*/, '') in options.users)
      done(isUnknown ? Object.assign(new Error(`5.1.1 There is no ${address} here`), { responseCode: 550 }) : null)
    },
    onData(stream, { envelope }, done) {
      const from = envelope.mailFrom ? envelope.mailFrom.address : ''
      const to = envelope.rcptTo.map(({ address }) => address).filter(isLocal)
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        if (stream.sizeExceeded) return done(Object.assign(new Error('5.3.4 Message too big'), { responseCode: 552 }))
        if (to.length === 0) return done(null, '2.0.0 Sent to nowhere: this is a demo')
        deliver(options.lmtpPort(), { from, to }, Buffer.concat(chunks)).then(
          () => done(null, '2.0.0 Delivered'),
          (error: Error) => done(Object.assign(new Error(`4.3.0 ${error.message}`), { responseCode: 451 })),
        )
      })
    },
  })
}

async function deliver(port: number, envelope: { from: string; to: string[] }, raw: Buffer): Promise<void> {
  await createTransport({ host: '127.0.0.1', port, lmtp: true, ignoreTLS: true }).sendMail({ envelope, raw })
}

// The contract of the mail store over real servers: a Dovecot with everything, with single things cut and with nothing, Cyrus, Courier.

import { systemClock } from '#core/clock.ts'
import { silentLog } from '#core/log.ts'
import { mailStoreContract } from '#ports/mail-store.contract.ts'
import type { MailLogin } from '#ports/mail-store.ts'
import { openMemoryMailState, openMemorySnapshots } from '#testing/memory-mail-state.ts'
import { startCourier } from '#testing/servers/courier.ts'
import { startCyrus } from '#testing/servers/cyrus.ts'
import { startDovecot } from '#testing/servers/dovecot.ts'
import { openImapMailStore } from './index.ts'

const users = Object.fromEntries(Array.from({ length: 40 }, (_, at) => [`user${at + 1}@example.test`, 'right']))

type Started = { readonly host: string; readonly imapPort: number; stop(): Promise<void> }

function contractOver(name: string, start: () => Promise<Started>, disable: readonly string[] = []) {
  mailStoreContract(name, async () => {
    const server = await start()
    const state = openMemoryMailState()
    const snapshots = openMemorySnapshots()
    const open = () => openImapMailStore({ state, snapshots, log: silentLog, clock: systemClock, disable })
    const store = open()
    const otherNode = open()
    let used = 0
    const login = async (password: string): Promise<MailLogin> => {
      const username = `user${++used}@example.test`
      const { host, imapPort: port } = server
      return {
        account: username,
        server: { host, port, tls: 'none' },
        credential: { kind: 'password', username, password },
      }
    }
    return {
      store,
      otherNode,
      newLogin: () => login('right'),
      wrongLogin: () => login('wrong'),
      async close() {
        await Promise.all([store.close(), otherNode.close()])
        await server.stop()
      },
    }
  })
}

const full = () => startDovecot({ flavour: 'full', users })
const bare = () => startDovecot({ flavour: 'bare', users })

contractOver('Dovecot', full)
contractOver('Dovecot, Maildir', () => startDovecot({ flavour: 'full', users, storage: 'maildir' }))
contractOver('Dovecot, bare', bare)
contractOver('Dovecot, bare and without X-GUID', bare, ['X-GUID'])
contractOver('Dovecot without QRESYNC and NOTIFY', full, ['QRESYNC', 'NOTIFY'])
contractOver('Dovecot without CONDSTORE', full, ['QRESYNC', 'CONDSTORE'])
contractOver('Dovecot without SORT, MOVE, UIDPLUS, PREVIEW', full, [
  'SORT',
  'ESORT',
  'SORT=DISPLAY',
  'MOVE',
  'UIDPLUS',
  'PREVIEW',
])
contractOver('Cyrus', () => startCyrus({ users }))
contractOver('Courier', () => startCourier({ users }))

// The contract of the mail store over real servers: a Dovecot with everything, one with single things cut, one with nothing.

import { systemClock } from '#core/clock.ts'
import { silentLog } from '#core/log.ts'
import { mailStoreContract } from '#ports/mail-store.contract.ts'
import type { MailLogin } from '#ports/mail-store.ts'
import { openMemoryMailState, openMemorySnapshots } from '#testing/memory-mail-state.ts'
import { startDovecot } from '#testing/servers/dovecot.ts'
import { openImapMailStore } from './index.ts'

const users = Object.fromEntries(Array.from({ length: 40 }, (_, at) => [`user${at + 1}@example.test`, 'right']))

function overDovecot(name: string, flavour: 'full' | 'bare', disable: readonly string[] = []) {
  mailStoreContract(name, async () => {
    const dovecot = await startDovecot({ flavour, users })
    const state = openMemoryMailState()
    const snapshots = openMemorySnapshots()
    const open = () => openImapMailStore({ state, snapshots, log: silentLog, clock: systemClock, disable })
    const store = open()
    const otherNode = open()
    let used = 0
    const login = async (password: string): Promise<MailLogin> => {
      const username = `user${++used}@example.test`
      const server = { host: dovecot.host, port: dovecot.imapPort, tls: 'none' as const }
      return { account: username, server, credential: { kind: 'password', username, password } }
    }
    return {
      store,
      otherNode,
      newLogin: () => login('right'),
      wrongLogin: () => login('wrong'),
      async close() {
        await Promise.all([store.close(), otherNode.close()])
        await dovecot.stop()
      },
    }
  })
}

overDovecot('Dovecot', 'full')
overDovecot('Dovecot, bare', 'bare')
overDovecot('Dovecot, bare and without X-GUID', 'bare', ['X-GUID'])
overDovecot('Dovecot without QRESYNC', 'full', ['QRESYNC', 'NOTIFY'])
overDovecot('Dovecot without CONDSTORE', 'full', ['QRESYNC', 'CONDSTORE'])
overDovecot('Dovecot without SORT, MOVE, UIDPLUS, PREVIEW', 'full', [
  'SORT',
  'ESORT',
  'SORT=DISPLAY',
  'MOVE',
  'UIDPLUS',
  'PREVIEW',
])

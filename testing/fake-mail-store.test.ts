import { mailStoreContract } from '#ports/mail-store.contract.ts'
import type { MailLogin } from '#ports/mail-store.ts'
import { openFakeMailStore } from './fake-mail-store.ts'

mailStoreContract('in memory', async () => {
  const passwords: Record<string, string> = {}
  const store = openFakeMailStore({ passwords })
  let users = 0
  const login = (password: string): MailLogin => {
    const username = `user${++users}@example.test`
    passwords[username] = 'right'
    return {
      account: username,
      server: { host: 'fake', port: 143, tls: 'none' },
      credential: { kind: 'password', username, password },
    }
  }
  return {
    store,
    otherNode: store,
    newLogin: async () => login('right'),
    wrongLogin: async () => login('wrong'),
    close: () => store.close(),
  }
})

import { authenticatorContract } from './authenticator.contract.ts'
import { mailServerAuthenticator } from './authenticator.ts'

const right = { address: 'x@a.test', login: 'x', password: 'secret', remoteAddress: '192.0.2.1' }

// Whether the password is right the mail server says afterwards: nobody is refused here.
authenticatorContract('the mail server decides', async () => ({
  authenticator: mailServerAuthenticator,
  right,
  wrong: [],
  close: async () => {},
}))

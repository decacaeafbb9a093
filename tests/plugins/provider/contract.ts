// What the suites cannot know of the provider.

import type { Contract } from 'paquebot/plugin-api'

const right = {
  address: 'joe@example.test',
  login: 'joe@example.test',
  password: 'secret123456',
  remoteAddress: '192.0.2.1',
}

export const settings: Contract['settings'] = async () => ({ code: '123456' })
export const authenticator: Contract['authenticator'] = {
  right,
  wrong: [
    { ...right, password: 'secret' },
    { ...right, password: 'secret654321' },
  ],
}

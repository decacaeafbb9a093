import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BadConfig } from '#config/load.ts'
import { printConfig } from './config.ts'
import { readOptions } from './options.ts'

test('options reach their keys, and print shows what differs from the defaults as TOML', () => {
  const config = readOptions(
    ['--imap', 'imaps://mail.test', '--smtp', 'submission://mail.test', '--listen', '[::]:80'],
    {},
  )
  assert.equal(
    printConfig(config),
    '[http]\nlisten = "[::]:80"\n\n[[mail_server]]\nimap = "imaps://mail.test:993"\nsmtp = "submission://mail.test:587"\n',
  )
})

test('an unknown option and a bad value are told, not ignored', () => {
  assert.throws(
    () => readOptions(['--imapp', 'x'], {}),
    (error) => error instanceof BadConfig && /imapp/.test(error.message),
  )
  assert.throws(() => readOptions(['--imap', 'http://x'], {}), BadConfig)
})

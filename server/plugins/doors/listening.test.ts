import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { HookName } from '#plugin-api/hooks.ts'
import type { Hooks } from '#ports/hooks.ts'
import { hookKinds } from '../hook-kinds.ts'
import { blobsWithHooks, imagesWithHooks, uploadsWithHooks } from './bytes.ts'
import { mailWithHooks } from './mail.ts'
import { methodsWithHooks } from './methods.ts'
import { directoryWithHooks, sessionsWithHooks } from './sessions.ts'
import { accountsWithHooks, identitiesWithHooks, settingsWithHooks, templatesWithHooks } from './settings.ts'

const listening = (...names: HookName[]) => ({ listens: (name: HookName) => names.includes(name) }) as Hooks
const door = () => ({}) as never

const doors: Readonly<Record<string, (door: never, hooks: Hooks) => unknown>> = {
  mail: mailWithHooks,
  uploads: uploadsWithHooks,
  blobs: blobsWithHooks,
  images: imagesWithHooks,
  sessions: sessionsWithHooks,
  directory: directoryWithHooks,
  settings: settingsWithHooks,
  templates: templatesWithHooks,
  identities: identitiesWithHooks,
  accounts: accountsWithHooks,
  methods: methodsWithHooks,
}
/** Asked or told from where no door is wrapped. */
const elsewhere = [
  'node.started',
  'node.check',
  'account.created',
  'upload.check',
  'message.beforeSend',
  'message.outgoing',
  'message.sent',
  'message.sendFailed',
]

test('a door that nobody listens at is the door itself', () => {
  for (const [name, wrap] of Object.entries(doors)) {
    const one = door()
    assert.equal(wrap(one, listening()), one, name)
  }
})

test('each hook of a door wraps that door and no other', () => {
  for (const hook of Object.keys(hookKinds) as HookName[]) {
    const wrapped = Object.entries(doors).filter(([, wrap]) => {
      const one = door()
      return wrap(one, listening(hook)) !== one
    })
    assert.equal(wrapped.length, elsewhere.includes(hook) ? 0 : 1, `${hook}: ${wrapped.map(([name]) => name).join()}`)
  }
})

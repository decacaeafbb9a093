// The hooks around what people keep with us: settings, templates, identities, and what room their mailbox has.

import type { Caller } from '#core/caller.ts'
import { Failure, isFailure } from '#core/errors.ts'
import type { Accounts } from '#domain/accounts/index.ts'
import type { SettingsDomain, TemplatesDomain } from '#domain/settings/index.ts'
import type { Identities } from '#domain/submission/index.ts'
import type { Hooks } from '#ports/hooks.ts'
import { withHooks } from './listening.ts'

const attempts = 8

/**
 * A change is a function, run inside a transaction; a hook takes its time. So the value is read, the hooks are asked about what it
 * would become, and that is written only where nobody wrote meanwhile.
 */
async function onCurrent<T>(work: () => Promise<T>, mayRepeat: boolean): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      if (!mayRepeat || !isFailure(error, 'conflict') || attempt === attempts) throw error
    }
  }
}

export function settingsWithHooks(settings: SettingsDomain, hooks: Hooks): SettingsDomain {
  return withHooks(hooks, settings, [
    {
      on: ['settings.save', 'settings.saved'],
      put: {
        async change(caller, key, version, change) {
          const saved = await onCurrent(async () => {
            const [current] = (await settings.list(caller, [key])).list
            // The domain knows best what is wrong with such a key.
            if (!current) return settings.change(caller, key, version, change)
            const event = { key, before: current.value, value: change(current.value) }
            const { value } = await hooks.ask('settings.save', event, caller)
            return settings.change(caller, key, version ?? current.version, () => value as typeof current.value)
          }, version === null)
          hooks.tell('settings.saved', { key, value: saved.value }, caller)
          return saved
        },
      },
    },
  ])
}

export function templatesWithHooks(templates: TemplatesDomain, hooks: Hooks): TemplatesDomain {
  return withHooks(hooks, templates, [
    {
      on: ['template.save'],
      put: {
        async create(caller, content) {
          const { name } = await hooks.ask('template.save', { id: null, name: content.name }, caller)
          return templates.create(caller, { ...content, name })
        },
        async change(caller, id, change) {
          return onCurrent(async () => {
            const [current] = (await templates.list(caller, [id])).list
            if (!current) throw new Failure('notFound', { id })
            const { id: _, ...before } = current
            const after = change(before)
            const { name } = await hooks.ask('template.save', { id, name: after.name }, caller)
            return templates.change(caller, id, onlyOn(before, { ...after, name }))
          }, true)
        },
      },
    },
    {
      on: ['template.destroy'],
      put: {
        async destroy(caller, id) {
          await hooks.ask('template.destroy', { id }, caller)
          return templates.destroy(caller, id)
        },
      },
    },
  ])
}

export function identitiesWithHooks(identities: Identities, hooks: Hooks): Identities {
  return withHooks(hooks, identities, [
    {
      on: ['identity.save'],
      put: {
        async create(caller, content) {
          const { id: _, ...shaped } = await hooks.ask('identity.save', { id: null, ...content }, caller)
          return identities.create(caller, shaped)
        },
        async change(caller, id, change) {
          return onCurrent(async () => {
            const current = (await identities.list(caller)).list.find((identity) => identity.id === id)
            if (!current) throw new Failure('notFound', { id })
            const { id: _id, mayDelete: _mayDelete, ...before } = current
            const { id: _, ...shaped } = await hooks.ask('identity.save', { id, ...change(before) }, caller)
            return identities.change(caller, id, onlyOn(before, shaped))
          }, true)
        },
      },
    },
    {
      on: ['identity.destroy'],
      put: {
        async destroy(caller, id) {
          await hooks.ask('identity.destroy', { id }, caller)
          return identities.destroy(caller, id)
        },
      },
    },
  ])
}

/** `conflict` when what stands there is no longer what the hooks were asked about. */
function onlyOn<T extends object>(before: T, after: T): (current: T) => T {
  return (current) => {
    if (JSON.stringify(current) !== JSON.stringify(before)) throw new Failure('conflict')
    return after
  }
}

export function accountsWithHooks<Door extends Pick<Accounts, 'quota'>>(accounts: Door, hooks: Hooks): Door {
  if (!hooks.listens('quota.read')) return accounts
  return {
    ...accounts,
    async quota(caller: Caller) {
      return (await hooks.ask('quota.read', { quotas: await accounts.quota(caller) }, caller)).quotas
    },
  }
}

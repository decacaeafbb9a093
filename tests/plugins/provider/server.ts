// A second factor typed behind the password, a domain that stands for another, and sessions under names of their own.

import type { Authenticator, Directory, Plugin, SessionStore } from 'paquebot/plugin-api'

const plugin: Plugin = (host) => {
  const code = host.settings.code as string
  const alias = host.settings.alias as string
  return {
    provide: {
      async authenticator(inner): Promise<Authenticator> {
        return {
          async prove(attempt, signal) {
            if (!attempt.password.endsWith(code)) throw host.failure('badCredentials')
            return inner.prove({ ...attempt, password: attempt.password.slice(0, -code.length) }, signal)
          },
        }
      },
      async directory(inner): Promise<Directory> {
        const suffix = `@${alias}`
        return {
          async route(address, signal) {
            const typed = address.trim().toLowerCase()
            const own = typed.endsWith(suffix) ? `${typed.slice(0, -suffix.length)}@example.test` : address
            return inner.route(own, signal)
          },
        }
      },
      async sessionStore(inner): Promise<SessionStore> {
        const named = (id: string) => `own-${id}`
        const bare = <T extends { readonly id: string }>(record: T): T => ({
          ...record,
          id: record.id.slice('own-'.length),
        })
        return {
          ...inner,
          create: (record) => inner.create({ ...record, id: named(record.id) }),
          async get(id, now) {
            const found = await inner.get(named(id), now)
            return found && bare(found)
          },
          touch: (id, now) => inner.touch(named(id), now),
          replace: (id, version, sealed) => inner.replace(named(id), version, sealed),
          destroy: (id) => inner.destroy(named(id)),
          list: async (account, now) => (await inner.list(account, now)).map(bare),
          destroyAll: (account, except) => inner.destroyAll(account, except === undefined ? undefined : named(except)),
          async close() {},
        }
      },
    },
  }
}

export default plugin

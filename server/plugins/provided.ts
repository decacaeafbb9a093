// Ports that plugins implement. plugin-api has these types word for word, so that a plugin sees nothing else of the server; where a port
// changes, this file does not compile until plugin-api/stores.ts says the same and its version says so.

import type { Provided } from '#plugin-api/plugin.ts'
import type * as api from '#plugin-api/stores.ts'
import type { Authenticator } from '#ports/authenticator.ts'
import type { BlobStore } from '#ports/blob-store.ts'
import type { Directory } from '#ports/directory.ts'
import type { SessionStore } from '#ports/session-store.ts'
import { PluginFaults } from './load.ts'

/** Which plugin provides what; null: what is configured without one. */
export interface Chosen {
  readonly blobStore: string | null
  readonly sessionStore: string | null
  readonly directory: string | null
  readonly authenticator: string | null
}

/** Each takes what is configured without a plugin, and gives it back where no plugin was chosen. */
export interface ProvidedPorts {
  blobStore(inner: BlobStore): Promise<BlobStore>
  sessionStore(inner: SessionStore): Promise<SessionStore>
  directory(inner: Directory): Promise<Directory>
  authenticator(inner: Authenticator): Promise<Authenticator>
}

type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false
type True<T extends true> = T
/** Does not compile where the two have parted. */
export type SameAsPorts =
  | True<Same<api.BlobStore, BlobStore>>
  | True<Same<api.SessionStore, SessionStore>>
  | True<Same<api.Directory, Directory>>
  | True<Same<api.Authenticator, Authenticator>>

/** Throws PluginFaults for a plugin that is chosen and does not provide it, or is not enabled. */
export function openProvided(chosen: Chosen, plugins: ReadonlyMap<string, Provided>): ProvidedPorts {
  function of<Kind extends keyof Provided>(kind: Kind): Provided[Kind] | null {
    const name = chosen[kind]
    if (name === null) return null
    const made = plugins.get(name)?.[kind]
    if (!made) {
      const what = plugins.has(name) ? `provides no ${kind}` : `is to provide the ${kind}, but is not enabled`
      throw new PluginFaults([{ plugin: name, what }])
    }
    return made
  }
  const [blobStore, sessionStore, directory, authenticator] = [
    of('blobStore'),
    of('sessionStore'),
    of('directory'),
    of('authenticator'),
  ]
  return {
    blobStore: async (inner) => (blobStore ? blobStore(inner) : inner),
    sessionStore: async (inner) => (sessionStore ? sessionStore(inner) : inner),
    directory: async (inner) => (directory ? directory(inner) : inner),
    authenticator: async (inner) => (authenticator ? authenticator(inner) : inner),
  }
}

// What `contract.ts` of a plugin may export by these names, for `npm run plugin:test FOLDER`: settings to be started with, and whatever the
// suites cannot know of a store that stands by itself. A plugin that wraps what it is given needs none of the latter.

import type { SignInAttempt } from './stores.ts'

export interface Contract {
  /** `[plugins.settings.NAME]` for the suites; `folder` is a temporary one. */
  readonly settings?: (folder: string) => Promise<Readonly<Record<string, unknown>>>
  readonly blobStore?: Outage & {
    /** Flips an octet, or cuts the end off, of every copy of that blob. */
    flip(key: string): Promise<void>
    cut(key: string): Promise<void>
  }
  /** Addresses that it serves and does not; without them, those of example.test are served by what it is given. */
  readonly directory?: Partial<Outage> & { readonly known: string; readonly unknown: string }
  readonly authenticator?: Partial<Outage> & { readonly right: SignInAttempt; readonly wrong: readonly SignInAttempt[] }
}

export interface Outage {
  breakIt(): Promise<void>
  mendIt(): Promise<void>
}

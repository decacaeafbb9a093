// What a plugin is and what it is given. `plugin.json` beside `server.ts` says what it wants; it gets exactly that.

import type { HookHandlers } from './hooks.ts'
import type { MailAccess } from './mail.ts'
import type { Authenticator, BlobStore, Directory, SessionStore } from './stores.ts'
import type { DeclaredPlaces } from './web.ts'

/** The default export of `server.ts`: called once when the node starts. */
export type Plugin = (host: Host) => PluginParts | Promise<PluginParts>

export interface PluginParts {
  /** Exactly those that the manifest names. */
  readonly hooks?: HookHandlers
  /** Exactly those that the manifest names. Each is given what is configured without the plugin, to wrap or to leave; it is not its to close. */
  readonly provide?: Provided
  /** Exactly those that the manifest names: what the plugin's client part may ask, as JSON there and back (64 KiB). Within the time of a hook. */
  readonly calls?: Readonly<Record<string, (argument: unknown, context: Context) => unknown>>
  /** When the node stops, after the last request. */
  close?(): Promise<void>
}

export interface Provided {
  blobStore?(inner: BlobStore): Promise<BlobStore>
  sessionStore?(inner: SessionStore): Promise<SessionStore>
  directory?(inner: Directory): Promise<Directory>
  authenticator?(inner: Authenticator): Promise<Authenticator>
}

/** `plugin.json`. */
export interface Manifest {
  /** Lower case, digits and hyphens; the folder's name. */
  readonly name: string
  readonly version: string
  /** Versions of this API that it works with: `^1.0.0` (that or later, below 2). */
  readonly apiVersion: string
  readonly description: string
  readonly access?: ManifestAccess
  /** Hook → its order: lower ones first, 50 where nothing is said; then the order in which the configuration enables the plugins. */
  readonly hooks?: Readonly<Record<string, { readonly order?: number }>>
  readonly provides?: readonly (keyof Provided)[]
  /** What the client part may ask of the server part, on behalf of the person who is signed in. */
  readonly calls?: readonly string[]
  /** What `[plugins.settings.NAME]` may say. */
  readonly settings?: Readonly<Record<string, SettingRule>>
  /**
   * There is a client part (`web.ts`, or `web.js` as its author bundled it), in those places; without `places` in `beforeSend`. Those settings
   * are told to it, and so to everybody.
   */
  readonly web?: { readonly settings?: readonly string[]; readonly places?: DeclaredPlaces }
}

/** Each member opens one handle; without it the handle throws. `$name` stands for the setting of that name: the operator decides. */
export interface ManifestAccess {
  readonly mail?: 'read' | 'write'
  /** `context.preferences`. */
  readonly preferences?: boolean
  /** `host.values`. */
  readonly values?: boolean
  /** Hosts that `host.fetch` may ask. */
  readonly fetch?: readonly string[]
  /** Absolute paths of programs that `host.run` may start. */
  readonly commands?: readonly string[]
  /** Absolute paths of files that `host.readFile` may read. */
  readonly files?: readonly string[]
}

export interface SettingRule {
  readonly type: 'text' | 'flag' | 'number' | 'list'
  /** A setting without one must be given. */
  readonly default?: SettingValue
  /** What it means, for whoever configures it. */
  readonly text: string
  /** Not shown in faults. */
  readonly secret?: boolean
}

export type SettingValue = string | boolean | number | readonly string[]

export interface Host {
  readonly name: string
  /** Checked against the manifest: every setting there is has a value of its type. */
  readonly settings: Readonly<Record<string, SettingValue>>
  readonly log: PluginLog
  /** An error that the server understands (docs/errors.md). `description` is read by people. */
  failure(code: FailureCode, description?: string, cause?: unknown): Error
  /** The code of such an error, whoever made it; null for any other. */
  failureCode(error: unknown): FailureCode | null
  /** Access `fetch`: like `fetch` of the platform, for declared hosts, without redirects. */
  fetch(url: string, init?: FetchInit): Promise<Response>
  /** Access `commands`: starts a program without a shell. Its output is kept up to 64 KiB. */
  run(command: string, args: readonly string[], options?: RunOptions): Promise<RunResult>
  /** Access `files`. */
  readFile(path: string): Promise<Uint8Array>
  /** Access `values`: small values of the plugin, in the database, the same on every node. */
  readonly values: Values
}

export interface PluginLog {
  debug(event: string, fields?: Readonly<Record<string, unknown>>): void
  info(event: string, fields?: Readonly<Record<string, unknown>>): void
  warn(event: string, fields?: Readonly<Record<string, unknown>>): void
  error(event: string, fields?: Readonly<Record<string, unknown>>): void
}

export type FailureCode =
  | 'badInput'
  | 'unsupported'
  | 'badCredentials'
  | 'forbidden'
  | 'notFound'
  | 'conflict'
  | 'alreadyExists'
  | 'tooLarge'
  | 'overQuota'
  | 'rateLimited'
  | 'unavailable'
  | 'timeout'
  | 'untrustedServer'
  | 'blobMissing'
  | 'canceled'
  | 'internal'

export interface FetchInit {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
  readonly signal?: AbortSignal
}

export interface RunOptions {
  readonly stdin?: AsyncIterable<Uint8Array>
  /** 30 s where nothing is said. */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
}

export interface RunResult {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

/** Names and values are text: up to 200 characters and 8 KiB. */
export interface Values {
  get(name: string): Promise<string | null>
  /** Writes `after` (null: takes it away) when what stands there is `before` (null: nothing); false when it is something else. */
  swap(name: string, before: string | null, after: string | null): Promise<boolean>
  /** All whose names begin so, in no order. */
  list(prefix: string): AsyncIterable<{ readonly name: string; readonly value: string; readonly writtenAt: number }>
}

/** For whom a hook runs, and with what. */
export interface Context {
  /** Null where nobody is signed in yet. */
  readonly accountId: string | null
  readonly address: string | null
  /** Aborted when the time limit is over or the person is gone. */
  readonly signal: AbortSignal
  /** Access `mail`. */
  readonly mail: MailAccess
  /** Access `preferences`: what this person chose for this plugin (JMAP Settings, key `plugin-NAME`). */
  readonly preferences: Preferences
}

export interface Preferences {
  get(): Promise<Readonly<Record<string, unknown>>>
}

// Finds and makes the store that [session_module] names. The packages of express-session's world come in three shapes: a store, its
// class, or a function that takes express-session (for its `Store` base class) and gives the class; what an operator writes himself
// is a function of the options. All are told apart by what they are, never by their names.

import { EventEmitter } from 'node:events'
import { createRequire } from 'node:module'
import { isAbsolute, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Failure } from '#core/errors.ts'
import type { ExpressStore } from './module.ts'

type Options = Readonly<Record<string, unknown>>

/** express-session's Store as its stores use it: a constructor of the old kind, so that `Store.call(this)` works. */
function Store(this: object): void {
  EventEmitter.call(this as EventEmitter)
}
Object.setPrototypeOf(Store.prototype, EventEmitter.prototype)

/** Throws `badInput` that says what the module is instead of a store. */
export async function loadExpressStore(module: string, options: Options, folder: string): Promise<ExpressStore> {
  let loaded: { readonly default?: unknown }
  try {
    loaded = (await import(find(module, folder))) as { readonly default?: unknown }
  } catch (cause) {
    throw new Failure('badInput', { sessionModule: module, reason: 'cannot be loaded' }, cause)
  }
  // Packages of both worlds: `exports.default`, or a named class where there is no default.
  const names = Object.entries(loaded).filter(([, value]) => isStoreClass(value))
  const candidate = unwrap(loaded.default) ?? names[0]?.[1]
  try {
    return await make(candidate, options)
  } catch (cause) {
    if (cause instanceof Failure) throw cause
    throw new Failure('badInput', { sessionModule: module, reason: 'its store cannot be made' }, cause)
  }

  async function make(value: unknown, given: Options): Promise<ExpressStore> {
    if (isStore(value)) return value
    if (isStoreClass(value)) return new value(given)
    if (typeof value === 'function') {
      // The first argument is express-session for those who want its base class; `options` is there for both.
      const made: unknown = await value(Object.assign(Object.create(null), { Store, ...given }), given)
      if (isStore(made)) return made
      if (isStoreClass(made)) return new made(given)
    }
    throw new Failure('badInput', {
      sessionModule: module,
      reason: 'its default export is no store, no class of one, and no function that makes either',
    })
  }
}

function find(module: string, folder: string): string {
  if (module.startsWith('.') || isAbsolute(module)) return pathToFileURL(resolve(folder, module)).href
  return pathToFileURL(createRequire(join(folder, 'package.json')).resolve(module)).href
}

/** A CommonJS module that was compiled from another has its default one level down. */
function unwrap(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || isStore(value)) return value
  const inner = (value as { default?: unknown }).default ?? Object.values(value).find(isStoreClass)
  return inner ?? value
}

const hasStoreMethods = (value: object): boolean =>
  ['get', 'set', 'destroy'].every((name) => typeof (value as Record<string, unknown>)[name] === 'function')

function isStore(value: unknown): value is ExpressStore {
  return typeof value === 'object' && value !== null && hasStoreMethods(value)
}

function isStoreClass(value: unknown): value is new (options: Options) => ExpressStore {
  return typeof value === 'function' && typeof value.prototype === 'object' && hasStoreMethods(value.prototype ?? {})
}

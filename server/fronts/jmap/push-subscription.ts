// PushSubscription/get and /set (RFC 8620 §7.2.1, §7.2.2): standard methods, but of the person, without accountId and states.

import type { Log } from '#core/log.ts'
import type { Subscription, Subscriptions } from '#domain/push/index.ts'
import { capabilities } from '#shared/jmap/core.ts'
import { type Arguments, id, listOf, nullable, object, readFields, string, utcDate } from './arguments.ts'
import { invalidProperties } from './errors.ts'
import { pickProperties, readGet, resolveReference } from './get.ts'
import { type Method, MethodError } from './method.ts'
import { applyPatch, patchedProperties } from './patch.ts'
import { readSet, runSet } from './set.ts'

export interface PushSubscriptionDeps {
  readonly subscriptions: Subscriptions
  readonly log: Log
}

const readable = ['id', 'deviceClientId', 'verificationCode', 'expires', 'types']
/** «These MUST NOT be returned»: asking for them is `forbidden`. */
const secret = ['url', 'keys']
const mutable = ['verificationCode', 'expires', 'types']
const maxUrlLength = 2000

export function pushSubscriptionMethods(deps: PushSubscriptionDeps): Record<string, Method> {
  const capability = capabilities.core
  return {
    'PushSubscription/get': {
      capability,
      async run(call) {
        const args = readFields(call.args)
        const get = readGet(call, args, (name) => readable.includes(name) || secret.includes(name))
        args.finish()
        if (secret.some((name) => get.properties?.has(name))) throw new MethodError('forbidden')
        const all = new Map((await deps.subscriptions.list(call.caller)).map((one) => [one.id, toObject(one)]))
        const ids = get.ids ?? [...all.keys()]
        return {
          list: ids.flatMap((one) => (all.has(one) ? [pickProperties(all.get(one)!, get.properties)] : [])),
          notFound: ids.filter((one) => !all.has(one)),
        }
      },
    },
    'PushSubscription/set': {
      capability,
      async run(call) {
        const args = readFields(call.args)
        const plan = readSet(call, args)
        args.finish()
        if (args.has('ifInState')) throw new MethodError('invalidArguments', { arguments: ['ifInState'] })
        const {
          accountId: _,
          oldState: _old,
          newState: _new,
          ...answer
        } = await runSet(
          call,
          plan,
          {
            state: async () => '',
            create: async (fields) => create(deps, call.caller, fields),
            update: async (one, patch) => update(deps, call.caller, resolveReference(call.createdIds, one), patch),
            destroy: (one) => deps.subscriptions.destroy(call.caller, one),
          },
          deps.log,
        )
        return answer
      },
    },
  }
}

type Caller = Parameters<Subscriptions['list']>[0]

async function create({ subscriptions }: PushSubscriptionDeps, caller: Caller, fields: Record<string, unknown>) {
  const reader = readFields(fields)
  const deviceClientId = reader.required('deviceClientId', string)
  const url = reader.required('url', string)
  const keys = reader.optional('keys', nullable(object), null)
  const code = reader.optional('verificationCode', nullable(string), null)
  const expires = readExpires(reader)
  const types = reader.optional('types', nullable(listOf(string)), null)
  reader.finish()
  if (deviceClientId === '' || deviceClientId.length > 255)
    throw invalidProperties('1 to 255 characters', 'deviceClientId')
  // «It MUST begin with "https://".»
  if (!url.startsWith('https://') || url.length > maxUrlLength || !URL.canParse(url)) {
    throw invalidProperties('url must begin with https://', 'url')
  }
  if (code !== null) throw invalidProperties('verificationCode must be null', 'verificationCode')
  const made = await subscriptions.create(caller, {
    deviceClientId,
    url,
    keys: keys && readKeys(keys),
    types,
    expiresAt: expires ?? null,
  })
  return { id: made.id, expires: toObject(made).expires }
}

async function update(
  { subscriptions }: PushSubscriptionDeps,
  caller: Caller,
  one: string,
  patch: Record<string, unknown>,
) {
  const fixed = [...patchedProperties(patch)].filter((name) => !mutable.includes(name))
  if (fixed.length > 0) throw invalidProperties('cannot be changed', ...fixed)
  const reader = readFields(applyPatch({}, patch))
  const verificationCode = reader.optional('verificationCode', string, '')
  const types = reader.optional('types', nullable(listOf(string)), null)
  const expires = readExpires(reader)
  const changed = await subscriptions.update(caller, one, {
    ...('verificationCode' in patch && { verificationCode }),
    ...('types' in patch && { types }),
    ...('expires' in patch && { expiresAt: expires ?? null }),
  })
  return 'expires' in patch ? { expires: toObject(changed).expires } : null
}

function readExpires(reader: Arguments): number | null {
  const expires = reader.optional('expires', nullable(utcDate), null)
  if (expires !== null && Date.parse(expires) <= Date.now()) throw invalidProperties('is over', 'expires')
  return expires === null ? null : Date.parse(expires)
}

function readKeys(keys: Record<string, unknown>) {
  const reader = readFields(keys, 'keys/')
  const read = { p256dh: reader.required('p256dh', id), auth: reader.required('auth', id) }
  reader.finish()
  return read
}

function toObject({ expiresAt, ...rest }: Subscription) {
  // RFC 8620 §1.4: no fraction that is zero.
  return { ...rest, expires: new Date(expiresAt).toISOString().replace(/\.\d+Z$/, 'Z') }
}

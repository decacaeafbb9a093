// New identities and templates, made once though the answer be lost: neither has anything that only one of them can have, so that the new
// one is found as an id that was not there before, with these values. docs/adr/2026-11-22-what-is-repeated.md.

import type { Template } from '#shared/jmap/settings.ts'
import type { Identity } from '#shared/jmap/submission.ts'
import type { JmapClient } from '../jmap/client.ts'
import { createOnce } from '../jmap/create-once.ts'
import type {} from './account-settings.ts'
import { throwRefusal } from './use-saving.ts'

export type NewIdentity = Omit<Identity, 'id' | 'mayDelete'>
export type NewTemplate = Pick<Template, 'name' | 'subject' | 'textBody' | 'htmlBody'>

/** @param known those that the person saw when making this one. */
export async function createIdentity(
  client: JmapClient,
  known: readonly Identity[],
  values: NewIdentity,
): Promise<void> {
  const { accountId } = client
  await createOnce(
    async () => throwRefusal((await client.call('Identity/set', { accountId, create: { new: values } })).notCreated),
    async () => {
      const { list } = await client.call('Identity/get', { accountId })
      return isAmong(list, known, values, ['name', 'email', 'textSignature', 'htmlSignature']) ? undefined : null
    },
  )
}

export async function createTemplate(
  client: JmapClient,
  known: readonly Template[],
  values: NewTemplate,
): Promise<void> {
  const { accountId } = client
  // What the server keeps of it.
  const template = { ...values, name: values.name.slice(0, 255) }
  await createOnce(
    async () => throwRefusal((await client.call('Template/set', { accountId, create: { new: template } })).notCreated),
    async () => {
      const { list } = await client.call('Template/get', { accountId })
      return isAmong(list, known, template, ['name', 'subject', 'textBody', 'htmlBody']) ? undefined : null
    },
  )
}

function isAmong<T, K extends keyof T>(
  list: readonly (T & { readonly id: string })[],
  known: readonly { readonly id: string }[],
  values: T,
  keys: readonly K[],
): boolean {
  const ids = new Set(known.map(({ id }) => id))
  return list.some((one) => !ids.has(one.id) && keys.every((key) => one[key] === values[key]))
}

// What was searched for lately: in the account's settings, so that it follows the person and nothing of it stays in a browser.

import type { JmapClient } from '../../jmap/client.ts'
import { changeSetting, loadSettings, readSetting } from '../../settings/account-settings.ts'

const mostKept = 20
/** A search is a name in a JSON object. */
const longest = 200

/** Newest first. */
export function pastSearches(recent: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(recent)
    .sort(([, a], [, b]) => (a < b ? 1 : -1))
    .map(([search]) => search)
}

/** Nobody waits for it, and nothing is lost without it. */
export async function rememberSearch(client: JmapClient, search: string): Promise<void> {
  if (search.length > longest) return
  await loadSettings(client)
  const { recent } = readSetting(client, 'searches')
  const tooMany = pastSearches({ ...recent, [search]: '9' }).slice(mostKept)
  await changeSetting(client, 'searches', {
    recent: { ...Object.fromEntries(tooMany.map((one) => [one, null])), [search]: new Date().toISOString() },
  })
}

export async function forgetSearches(client: JmapClient): Promise<void> {
  const { recent } = readSetting(client, 'searches')
  await changeSetting(client, 'searches', {
    recent: Object.fromEntries(Object.keys(recent).map((search) => [search, null])),
  })
}

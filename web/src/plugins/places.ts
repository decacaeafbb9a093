// Which plugins show where: what the session says of them (docs/jmap-extensions.md), and nothing that costs. Their code is fetched when it is
// first asked.

import type { PlaceName, PlaceTable, Words } from '#plugin-api/web.ts'
import { capabilities } from '#shared/jmap/core.ts'
import type { PluginPart } from '#shared/jmap/settings.ts'
import type { JmapClient } from '../jmap/client.ts'
import { currentLanguage } from '../shell/i18n.ts'

export interface Part<Name extends PlaceName> extends PluginPart {
  readonly declared: PlaceTable[Name]['declared']
}

/** None on most servers. */
export function partsAt<Name extends PlaceName>(
  { session }: Pick<JmapClient, 'session'>,
  place: Name,
): readonly Part<Name>[] {
  const { plugins = [] } = (session.capabilities[capabilities.paquebot] ?? {}) as {
    readonly plugins?: readonly PluginPart[]
  }
  return plugins.flatMap((part) => {
    const declared = part.places[place] as PlaceTable[Name]['declared'] | undefined
    return declared ? [{ ...part, declared }] : []
  })
}

/** In the reader's language, else in English, else in whatever there is. */
export function inWords(words: Words): string {
  if (typeof words === 'string') return words
  return words[currentLanguage()] ?? words.en ?? Object.values(words)[0] ?? ''
}

// Where the words of a search stand in a text: whatever the script, whatever the case, as the server looks for them
// (server/domain/mail/search-snippets.ts). Pure.

export type Place = readonly [start: number, end: number]

/** A text that is one word a thousand times over is not read for its colours. */
const maxPlaces = 1_000

export function wordPlaces(text: string, words: readonly string[]): readonly Place[] {
  const wanted = words.map((word) => word.trim().normalize('NFC')).filter((word) => word !== '')
  if (wanted.length === 0) return []
  // The longest first, so that it is not marked in part.
  const sources = [...new Set(wanted.flatMap((word) => [word, word.normalize('NFD')]))]
    .sort((a, b) => b.length - a.length)
    .map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/\s+/g, '\\s+'))
  const places: Place[] = []
  for (const { 0: match, index } of text.matchAll(new RegExp(sources.join('|'), 'giu'))) {
    places.push([index, index + match.length])
    if (places.length === maxPlaces) break
  }
  return places
}

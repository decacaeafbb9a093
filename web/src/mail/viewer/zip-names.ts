// Names of files in a zip: what senders call their attachments, made such that any system can unpack them side by side.

import { visibleText } from '../sanitize/visible-text.ts'

const maxLength = 150
/** https://learn.microsoft.com/windows/win32/fileio/naming-a-file: names that are devices, with any ending. */
const device = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?=\.|$)/i

/** In their order, each once: two of one name, in whatever case, are told apart by a number. */
export function zipNames(names: readonly string[], fallback: string): string[] {
  const taken = new Set<string>()
  return names.map((name) => {
    const { stem, ending } = split(safeName(name, fallback))
    let unique = stem + ending
    for (let count = 2; taken.has(unique.toLocaleLowerCase('en')); count++) unique = `${stem} (${count})${ending}`
    taken.add(unique.toLocaleLowerCase('en'))
    return unique
  })
}

/** No path, no control, no turning of direction, nothing that a file system refuses, hides or takes for a device. */
export function safeName(name: string, fallback: string): string {
  const clean = visibleText(name.toWellFormed().normalize('NFC'))
    .replace(/[/\\:*?"<>|]/g, '_')
    .replace(/^[.\s]+|[.\s]+$/g, '')
    .replace(device, '_$&')
  const { stem, ending } = split(clean)
  const characters = [...stem]
  return [...characters.slice(0, maxLength), ending].join('') || fallback
}

function split(name: string): { readonly stem: string; readonly ending: string } {
  const ending = /(?<=.)\.[\p{L}\p{N}]{1,10}$/u.exec(name)?.[0] ?? ''
  return { stem: name.slice(0, name.length - ending.length), ending }
}

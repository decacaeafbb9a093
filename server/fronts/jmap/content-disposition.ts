// `Content-Disposition: attachment` for any name (RFC 6266, RFC 8187): an ASCII form for old readers, the true one in UTF-8. No
// octet of the name can end the header or the quoted string.

const maxNameLength = 200

export function contentDisposition(name: string): string {
  const clean = cleanName(name)
  const ascii = clean.replaceAll(/[^\x20-\x7e]|["\\%]/g, '_')
  const extended = encodeURIComponent(clean).replaceAll(
    // RFC 8187 §3.2.1: attr-char has no ' ( ) *, which encodeURIComponent leaves as they are.
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return `attachment; filename="${ascii}"${extended === ascii ? '' : `; filename*=UTF-8''${extended}`}`
}

/** No path, no control or direction-changing characters (an .exe that reads as .pdf), no dots at the ends. */
function cleanName(name: string): string {
  const clean = name
    .toWellFormed()
    .replaceAll(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g, '')
    .replaceAll(/[/\\:*?"<>|]/g, '_')
    .replace(/^[.\s]+|[.\s]+$/g, '')
  const characters = [...clean]
  if (characters.length <= maxNameLength) return clean || 'attachment'
  const extension = /\.[A-Za-z0-9]{1,10}$/.exec(clean)?.[0] ?? ''
  return characters.slice(0, maxNameLength - extension.length).join('') + extension
}

// Names of labels and the keywords that stand for them, which IMAP has as atoms (RFC 9051 §9: flag-keyword): letters that an atom cannot
// carry stand in it as `=` and two hexadecimal digits for each octet of UTF-8, so that any script has its labels, on any server.

/** RFC 8621 §4.1.1: at most 255 characters. */
const maxKeyword = 255

/** The keyword for a name that somebody typed; '' for a name that cannot be one. */
export function keywordFor(name: string): string {
  let keyword = ''
  for (const char of name.normalize('NFC').trim().replace(/\s+/gu, ' ').toLowerCase()) {
    if (char === ' ') keyword += '_'
    // RFC 9051 §9: atom-specials; and what stands for something here.
    else if (/^[\x21-\x7e]$/.test(char) && !/[(){%*"\\\]=_]/.test(char)) keyword += char
    else for (const octet of new TextEncoder().encode(char)) keyword += `=${octet.toString(16).padStart(2, '0')}`
  }
  return keyword.startsWith('$') || keyword.length > maxKeyword ? '' : keyword
}

/** What a keyword says by itself: the way back, as far as there is one. */
export function nameIn(keyword: string): string {
  const spaced = keyword.replaceAll('_', ' ')
  if (!/=[0-9a-f]{2}/i.test(spaced)) return spaced
  const escaped = spaced.replaceAll('%', '%25').replace(/=([0-9a-f]{2})/gi, '%$1')
  try {
    return decodeURIComponent(escaped)
  } catch {
    // Another program's own use of the sign.
    return spaced
  }
}

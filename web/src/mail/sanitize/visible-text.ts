// Text of strangers as it may stand in our own interface: file names, subjects, names of people and folders. React keeps
// markup out; this keeps out what changes how the text around it reads.

/** Without controls and without the characters that turn the direction of text (UAX #9 §2), in one line. */
export function visibleText(text: string): string {
  return text
    .replace(/[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb]/g, '')
    .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\s]+/g, ' ')
    .trim()
}

/** The same of several lines, which stay lines. */
export function visibleLines(text: string): string {
  return text
    .split(/\r\n?|\n/)
    .map(visibleText)
    .join('\n')
}

/** An address as it is shown: its domain as on the wire when it mixes scripts (UTS #39 §5.2), so that a look-alike shows. */
export function visibleAddress(address: string): string {
  const text = visibleText(address)
  const at = text.lastIndexOf('@')
  if (at < 0) return text
  const domain = text.slice(at + 1)
  const decoded = isAscii(domain) ? domain : domain.normalize('NFKC')
  return `${text.slice(0, at)}@${mixesScripts(decoded) ? (URL.parse(`http://${decoded}`)?.hostname ?? domain) : domain}`
}

const isAscii = (text: string) => /^[\u0000-\u007f]*$/.test(text)

function mixesScripts(domain: string): boolean {
  return domain.split('.').some((label) => {
    const hasLatin = /\p{Script=Latin}/u.test(label)
    const hasOther = /[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}\p{Script=Cherokee}]/u.test(label)
    // A label all of Cyrillic or Greek letters that look Latin passes for one as well.
    return (hasLatin && hasOther) || (hasOther && /^[аеорсухіјѕԁһӏԛԝνοαρ\d-]+$/u.test(label))
  })
}

/** Whether a name pretends to be an address that it is not. */
export function nameHidesAddress(name: string, address: string): boolean {
  const inName = /[^\s<>()"',;]+@[^\s<>()"',;]+\.[^\s<>()"',;]+/u.exec(visibleText(name))?.[0]
  return inName !== undefined && inName.toLowerCase() !== address.toLowerCase()
}

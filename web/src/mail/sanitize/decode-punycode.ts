// Domains of the wire (xn--…) as they are read: the decoder of RFC 3492 §6.2. Browsers encode, and never decode for a page.

const base = 36
const initial = { bias: 72, n: 128 }
const maxCodePoint = 0x10ffff

/** What is no valid label stays as it is. */
export function decodeDomain(domain: string): string {
  return domain
    .split('.')
    .map((label) => (/^xn--/i.test(label) ? (decodeLabel(label.slice(4)) ?? label) : label))
    .join('.')
}

function decodeLabel(label: string): string | null {
  const end = label.lastIndexOf('-')
  const output = [...label.slice(0, Math.max(0, end))].map((character) => character.codePointAt(0)!)
  let { bias, n } = initial
  let index = 0
  for (let at = end + 1; at < label.length; ) {
    const before = index
    for (let weight = 1, k = base; ; k += base) {
      const digit = digitOf(label[at++])
      if (digit === null) return null
      index += digit * weight
      const threshold = Math.min(26, Math.max(1, k - bias))
      if (digit < threshold) break
      weight *= base - threshold
      if (weight > Number.MAX_SAFE_INTEGER / base) return null
    }
    const length = output.length + 1
    bias = adapt(index - before, length, before === 0)
    n += Math.floor(index / length)
    index %= length
    if (n > maxCodePoint || (n >= 0xd800 && n <= 0xdfff)) return null
    output.splice(index++, 0, n)
  }
  return output.length > 0 ? String.fromCodePoint(...output) : null
}

function digitOf(character: string | undefined): number | null {
  if (character === undefined || !/^[a-z0-9]$/i.test(character)) return null
  return Number.parseInt(character, base) < 10
    ? Number.parseInt(character, 10) + 26
    : character.toLowerCase().charCodeAt(0) - 97
}

/** RFC 3492 §6.1. */
function adapt(delta: number, length: number, isFirst: boolean): number {
  let rest = Math.floor(delta / (isFirst ? 700 : 2))
  rest += Math.floor(rest / length)
  let k = 0
  for (; rest > 455; k += base) rest = Math.floor(rest / 35)
  return k + Math.floor((36 * rest) / (rest + 38))
}

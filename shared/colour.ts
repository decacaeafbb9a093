// Colours as CSS writes them (CSS Color 4: hex, rgb(), hsl(), oklch()), and how well two of them stand apart (WCAG 2.2).

/** Red, green, blue in sRGB, and alpha; all from 0 to 1. */
export type Colour = readonly [red: number, green: number, blue: number, alpha: number]

const hex = /^#(?:[0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})$/i
const functional = /^(rgb|hsl|oklch)a?\(\s*([^()]*?)\s*\)$/i
const number = /^[+-]?(?:\d+\.?\d*|\.\d+)(%|deg)?$/i

/** Null for what is none, names of colours and relative colours among it. */
export function parseColour(text: string): Colour | null {
  const trimmed = text.trim()
  if (hex.test(trimmed)) return fromHex(trimmed.slice(1))
  const [, name = '', inside = ''] = functional.exec(trimmed) ?? []
  // The old form has commas throughout, the new one blanks and a slash before alpha.
  const words = inside.includes(',') ? inside.split(/\s*,\s*/) : inside.split(/\s*\/\s*|\s+/)
  if (words.length < 3 || words.length > 4 || !words.every((word) => number.test(word))) return null
  if (!inside.includes(',') && inside.includes('/') !== (words.length === 4)) return null
  const [a, b, c, d = '1'] = words as [string, string, string, string?]
  const alpha = bounded(part(d, 1))
  switch (name.toLowerCase()) {
    case 'rgb':
      return isPlainAngle(a, b, c) ? null : [bounded(part(a, 255)), bounded(part(b, 255)), bounded(part(c, 255)), alpha]
    case 'hsl':
      return b.endsWith('%') && c.endsWith('%') ? [...fromHsl(degrees(a), part(b, 100), part(c, 100)), alpha] : null
    case 'oklch':
      return [...fromOklch(part(a, 1), b.endsWith('%') ? part(b, 1) * 0.4 : Number.parseFloat(b), degrees(c)), alpha]
    default:
      return null
  }
}

/** WCAG 2.2, «contrast ratio»: from 1 to 21. Both as they are seen: what shines through is laid over the ground first. */
export function contrastRatio(ink: Colour, ground: Colour): number {
  const [light, dark] = [luminance(over(ink, ground)), luminance(ground)].sort((a, b) => b - a) as [number, number]
  return (light + 0.05) / (dark + 0.05)
}

function fromHex(digits: string): Colour {
  const wide = digits.length < 6 ? [...digits].map((digit) => digit + digit).join('') : digits
  const at = (place: number) => Number.parseInt(wide.slice(place, place + 2) || 'ff', 16) / 255
  return [at(0), at(2), at(4), at(6)]
}

/** A percentage, or a number of which `whole` is all, as a share of one. */
function part(text: string, whole: number): number {
  return Number.parseFloat(text) / (text.endsWith('%') ? 100 : whole)
}

function degrees(text: string): number {
  return ((Number.parseFloat(text) % 360) + 360) % 360
}

const isPlainAngle = (...words: readonly string[]) => words.some((word) => word.endsWith('deg'))
const bounded = (share: number) => Math.min(1, Math.max(0, share))

function fromHsl(hue: number, saturation: number, lightness: number): [number, number, number] {
  const reach = bounded(saturation) * Math.min(bounded(lightness), 1 - bounded(lightness))
  const channel = (turn: number) => {
    const at = (turn + hue / 30) % 12
    return bounded(lightness) - reach * Math.max(-1, Math.min(at - 3, 9 - at, 1))
  }
  return [channel(0), channel(8), channel(4)]
}

/** CSS Color 4 §9 and its sample code; what lies outside of sRGB is cut. */
function fromOklch(lightness: number, chroma: number, hue: number): [number, number, number] {
  const a = chroma * Math.cos((hue * Math.PI) / 180)
  const b = chroma * Math.sin((hue * Math.PI) / 180)
  const long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
  const middle = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
  const short = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3
  return [
    companded(4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short),
    companded(-1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short),
    companded(-0.0041960863 * long - 0.7034186147 * middle + 1.707614701 * short),
  ]
}

function companded(linear: number): number {
  return bounded(linear <= 0.0031308 ? linear * 12.92 : 1.055 * linear ** (1 / 2.4) - 0.055)
}

function over([red, green, blue, alpha]: Colour, ground: Colour): Colour {
  const mixed = [red, green, blue].map((channel, at) => channel * alpha + ground[at]! * (1 - alpha))
  return [mixed[0]!, mixed[1]!, mixed[2]!, 1]
}

/** WCAG 2.2, «relative luminance». */
function luminance([red, green, blue]: Colour): number {
  const linear = (channel: number) => (channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4)
  return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
}

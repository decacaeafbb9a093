// Domains that pass for another: the same to the eye (UTS #39 §4, in small), a letter away, or with the other's name in front. Small on
// purpose: what is said of a domain must be plain to who reads it.

import { decodeDomain } from './decode-punycode.ts'

/** Letters of other alphabets, and digits, that are read as these. */
const readAs: Readonly<Record<string, string>> = {
  ...letters('a', 'аɑα'),
  ...letters('b', 'ьƅ'),
  ...letters('c', 'сϲ'),
  ...letters('d', 'ԁ'),
  ...letters('e', 'еҽ'),
  ...letters('g', 'ɡց'),
  ...letters('h', 'һհ'),
  ...letters('i', 'іıɩι1lӏ|'),
  ...letters('j', 'ј'),
  ...letters('k', 'кκ'),
  ...letters('m', 'мｍ'),
  ...letters('n', 'пո'),
  ...letters('o', 'оοօ0ө'),
  ...letters('p', 'рρ'),
  ...letters('q', 'ԛ'),
  ...letters('r', 'г'),
  ...letters('s', 'ѕ5'),
  ...letters('t', 'тτ'),
  ...letters('u', 'υս'),
  ...letters('v', 'ѵν'),
  ...letters('w', 'ԝѡω'),
  ...letters('x', 'хχ'),
  ...letters('y', 'уүγ'),
  ...letters('z', 'ᴢ'),
}

function letters(latin: string, others: string): Record<string, string> {
  return Object.fromEntries([...others].map((other) => [other, latin]))
}

/** Two domains of one skeleton look alike. */
function skeleton(domain: string): string {
  const plain = decodeDomain(domain.toLowerCase()).normalize('NFKD').replace(/\p{M}/gu, '')
  return [...plain]
    .map((letter) => readAs[letter] ?? letter)
    .join('')
    .replaceAll('rn', 'm')
    .replaceAll('vv', 'w')
}

/** Shorter names are a letter apart by chance. */
const minLetters = 6

/** The one of `known` that `domain` passes for; null for one that is known itself, or a part of one. */
export function passesFor(domain: string, known: Iterable<string>): string | null {
  const name = domain.toLowerCase()
  const all = [...new Set([...known].map((one) => one.toLowerCase()))].filter((one) => one.includes('.'))
  // Who has a domain has those below it; and the one above it is no stranger either.
  if (all.some((one) => name === one || name.endsWith(`.${one}`) || one.endsWith(`.${name}`))) return null
  const bones = skeleton(name)
  return (
    all.find((one) => skeleton(one) === bones || bones.endsWith(`.${skeleton(one)}`)) ??
    all.find((one) => name.startsWith(`${one}.`) || name.includes(`.${one}.`)) ??
    all.find((one) => isOneLetterAway(name, one)) ??
    null
  )
}

/** In the name before a common ending: bücher.de and bücher.dk may well be one house. */
function isOneLetterAway(one: string, other: string): boolean {
  const [a, b] = [split(one), split(other)]
  return a.ending === b.ending && Math.min(a.name.length, b.name.length) >= minLetters && differByOne(a.name, b.name)
}

function split(domain: string): { readonly name: string; readonly ending: string } {
  const labels = domain.split('.')
  return { name: labels.at(-2) ?? '', ending: labels.at(-1) ?? '' }
}

/** One letter put in, left out or replaced, or two changed about. */
function differByOne(a: string, b: string): boolean {
  if (a === b || Math.abs(a.length - b.length) > 1) return false
  let start = 0
  while (start < Math.min(a.length, b.length) && a[start] === b[start]) start++
  let end = 0
  while (end < Math.min(a.length, b.length) - start && a.at(-1 - end) === b.at(-1 - end)) end++
  const [restA, restB] = [a.slice(start, a.length - end), b.slice(start, b.length - end)]
  if (restA.length <= 1 && restB.length <= 1) return true
  return restA.length === 2 && restB.length === 2 && restA[0] === restB[1] && restA[1] === restB[0]
}

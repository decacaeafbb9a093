// The tokens of web/src/ui/tokens.css that an operator may set in `[branding.tokens]`, and what each may be. Space, type and time are not
// among them: screens are laid out by them. A test holds this list against the style sheet.

import { parseColour } from './colour.ts'

const kinds = { colour: 'a colour such as "#0b5e8e"', length: 'a length such as "8px" or "0.5rem"' } as const

export const brandTokens: Readonly<Record<string, keyof typeof kinds>> = {
  deck: 'colour',
  paper: 'colour',
  raised: 'colour',
  sunken: 'colour',
  hover: 'colour',
  pressed: 'colour',
  selected: 'colour',
  'selected-hover': 'colour',
  scrim: 'colour',
  ink: 'colour',
  'ink-soft': 'colour',
  'ink-faint': 'colour',
  line: 'colour',
  'line-strong': 'colour',
  accent: 'colour',
  'accent-hover': 'colour',
  'accent-soft': 'colour',
  'on-accent': 'colour',
  brand: 'colour',
  danger: 'colour',
  'danger-soft': 'colour',
  'on-danger': 'colour',
  success: 'colour',
  warning: 'colour',
  'warning-soft': 'colour',
  star: 'colour',
  found: 'colour',
  'on-found': 'colour',
  toast: 'colour',
  'on-toast': 'colour',
  'toast-accent': 'colour',
  'radius-s': 'length',
  'radius-m': 'length',
  'radius-l': 'length',
}

const length = /^(?:0|\d{1,3}(?:\.\d+)?(?:px|rem|em))$/

/** What is wrong with the value of a token, in words that end a sentence about it; null when nothing is. */
export function faultOfToken(name: string, value: string): string | null {
  const kind = Object.hasOwn(brandTokens, name) ? brandTokens[name] : undefined
  if (!kind) return 'is no token of the look'
  const isSound = kind === 'colour' ? parseColour(value) !== null : length.test(value)
  return isSound ? null : `must be ${kinds[kind]}, not ${JSON.stringify(value)}`
}

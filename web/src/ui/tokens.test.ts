// Every pair of text and ground that screens make of the tokens is read well enough (WCAG 2.2, 1.4.3 and 1.4.11; for high contrast
// 1.4.6), in each theme; and the list of what an operator may set is that of the style sheet.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { brandTokens } from '#shared/brand-tokens.ts'
import { type Colour, contrastRatio, parseColour } from '#shared/colour.ts'

const css = readFileSync(new URL('./tokens.css', import.meta.url), 'utf8').replace(/\/\*[\s\S]*?\*\//g, '')

function blockOf(selector: string): ReadonlyMap<string, string> {
  const start = css.indexOf(`\n${selector} {`)
  assert.ok(start >= 0, `${selector} is in tokens.css`)
  const body = css.slice(css.indexOf('{', start) + 1, css.indexOf('\n}', start))
  const tokens = body.matchAll(/--([\w-]+):\s*([^;]+);/g)
  return new Map([...tokens].map(([, name, value]) => [name!, value!.replace(/\s+/g, ' ').trim()]))
}

/** Both sides of `light-dark()`, whose colours may have parentheses of their own. */
function sidesOf(value: string): readonly [string, string] | null {
  const [, inside] = /^light-dark\((.*)\)$/.exec(value) ?? []
  const comma = inside?.search(/,(?![^(]*\))/) ?? -1
  return inside && comma >= 0 ? [inside.slice(0, comma).trim(), inside.slice(comma + 1).trim()] : null
}

const base = blockOf(':root')
const strong = blockOf(':root[data-contrast="more"]')
const colours = [...base].filter(([, value]) => sidesOf(value)).map(([name]) => name)

const grounds = ['deck', 'paper', 'raised', 'sunken', 'hover', 'selected', 'accent-soft']
/** What is written on what. */
const text: readonly (readonly [ink: string, ...grounds: string[]])[] = [
  ['ink', ...grounds, 'pressed', 'selected-hover', 'danger-soft', 'warning-soft'],
  ['ink-soft', ...grounds, 'selected-hover', 'warning-soft'],
  ['ink-faint', ...grounds],
  ['accent', 'deck', 'paper', 'raised', 'sunken', 'hover', 'selected', 'accent-soft'],
  ['on-accent', 'accent', 'accent-hover'],
  ['danger', 'paper', 'raised', 'danger-soft'],
  ['on-danger', 'danger'],
  ['success', 'paper', 'raised'],
  ['warning', 'paper', 'warning-soft'],
  ['on-found', 'found'],
  ['on-toast', 'toast'],
  ['toast-accent', 'toast'],
]
/** What is seen but not read: borders of fields, the ring of the focus. */
const shapes: typeof text = [
  ['line-strong', 'paper', 'sunken', 'raised'],
  ['accent', 'paper', 'deck', 'selected'],
]

const themes = ['light', 'dark'].flatMap((scheme, side) => [
  { name: scheme, side, tokens: base, least: 4.5 },
  { name: `${scheme}, high contrast`, side, tokens: strong, least: 7 },
])

for (const { name, side, tokens, least } of themes) {
  const colour = (token: string): Colour => {
    const value = sidesOf(tokens.get(token) ?? '')?.[side] ?? ''
    const parsed = parseColour(value)
    assert.ok(parsed, `--${token} is a colour: «${value}»`)
    return parsed
  }
  const tooFaint = (pairs: typeof text, limit: number) =>
    pairs.flatMap(([ink, ...on]) =>
      on
        .map((ground) => ({ ink, ground, ratio: contrastRatio(colour(ink), colour(ground)) }))
        .filter(({ ratio }) => ratio < limit)
        .map((pair) => `${pair.ink} on ${pair.ground}: ${pair.ratio.toFixed(2)}`),
    )

  test(`text has a contrast of at least ${least}, shapes of 3: ${name}`, () => {
    assert.deepEqual(tooFaint(text, least), [])
    assert.deepEqual(tooFaint(shapes, 3), [])
  })

  test(`labels and initials have a contrast of at least ${least}, whatever their hue: ${name}`, () => {
    const block = blockOf(tokens === base ? '[data-hue]' : ':root[data-contrast="more"] [data-hue]')
    const faint = Array.from({ length: 360 }, (_, hue) => {
      const of = (token: string) =>
        parseColour((sidesOf(block.get(token) ?? '')?.[side] ?? '').replace('var(--hue)', String(hue)))!
      return { hue, ratio: contrastRatio(of('hue-ink'), of('hue-ground')) }
    }).filter(({ ratio }) => ratio < least)
    assert.deepEqual(faint, [])
  })
}

test('high contrast leaves no colour of the look or of a brand', () => {
  assert.deepEqual(
    colours.filter((name) => !strong.has(name)),
    [],
  )
})

test('an operator may set each colour and corner of the style sheet, and nothing that is not there', () => {
  const isCorner = (name: string) => /^radius-[sml]$/.test(name)
  const settable = [...colours, ...[...base.keys()].filter(isCorner)].sort()
  assert.deepEqual(Object.keys(brandTokens).sort(), settable)
  for (const [name, kind] of Object.entries(brandTokens)) assert.equal(kind, isCorner(name) ? 'length' : 'colour', name)
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Colour, contrastRatio, parseColour } from './colour.ts'

const shown = (colour: Colour | null) => colour?.map((share) => Math.round(share * 255)).join(' ') ?? null

test('a colour is read in every form that a style sheet has it in', () => {
  const forms: Record<string, string> = {
    '#0b5e8e': '11 94 142 255',
    '#FFF': '255 255 255 255',
    '#f008': '255 0 0 136',
    'rgb(11 94 142)': '11 94 142 255',
    'rgba(11, 94, 142, 0.5)': '11 94 142 128',
    'rgb(12 30 45 / 38%)': '12 30 45 97',
    'hsl(120 100% 25%)': '0 128 0 255',
    'hsl(-120deg, 100%, 50%)': '0 0 255 255',
    'oklch(100% 0 0)': '255 255 255 255',
    // CSS Color 4 §9: the sample of sRGB red.
    'oklch(62.8% 0.25768 29.234)': '255 0 0 255',
  }
  for (const [text, colour] of Object.entries(forms)) assert.equal(shown(parseColour(text)), colour, text)
})

test('what is no colour, or would end the declaration, is none', () => {
  const texts = [
    '',
    '#12',
    '#12345',
    'red',
    'rgb(1 2)',
    'rgb(1 2 3 4)',
    'rgb(1 2 3 / 4 / 5)',
    'rgb(1deg 2 3)',
    'hsl(1 2 3)',
    'var(--ink)',
    'url(https://example.org/a.png)',
    '#fff;background:url(//example.org)',
    '#fff}body{display:none',
    'rgb(from red r g b)',
    'oklch(1 1 1',
  ]
  for (const text of texts) assert.equal(parseColour(text), null, text)
})

test('contrast is that of WCAG, of what is seen where an ink lets its ground through', () => {
  const ratio = (ink: string, ground: string) =>
    Math.round(contrastRatio(parseColour(ink)!, parseColour(ground)!) * 100) / 100
  assert.equal(ratio('#000', '#fff'), 21)
  assert.equal(ratio('#777', '#fff'), 4.48)
  assert.equal(ratio('#fff', '#777'), 4.48)
  assert.equal(ratio('#00000080', '#fff'), ratio('#7f7f7f', '#fff'))
})

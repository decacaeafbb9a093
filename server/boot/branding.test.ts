import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { BadConfig, loadConfig } from '#config/load.ts'
import { openBranding } from './branding.ts'

const folder = mkdtempSync(join(tmpdir(), 'paquebot-branding-'))
after(() => rmSync(folder, { recursive: true }))

function file(name: string, content: string | Uint8Array): string {
  writeFileSync(join(folder, name), content)
  return join(folder, name)
}
const open = (toml: string) => openBranding(loadConfig({ file: file('p.toml', toml), environment: {} }))
async function faults(toml: string): Promise<string[]> {
  const error = await open(toml).then(
    () => assert.fail('it was taken'),
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof BadConfig, String(error))
  return error.faults.map(({ where, what }) => `${where.replace(/^.*\//, '')} ${what.replace(`${folder}/`, '')}`)
}

const svg = '<?xml version="1.0"?>\n<!-- ours -->\n<svg xmlns="http://www.w3.org/2000/svg"></svg>'
const png = Buffer.from('89504e470d0a1a0a0000', 'hex')

test('nothing set is no brand', async () => {
  assert.equal(await open(''), null)
  assert.equal(await open('[branding]\nname = "Paquebot"\n'), null)
})

test('name, logos and tokens are read, a token of one value for light and dark', async () => {
  const toml = [
    '[branding]',
    'name = " Harbour Mail "',
    `logo = "${file('a.svg', svg)}"`,
    `logo_dark = "${file('b.png', png)}"`,
    '[branding.tokens]',
    'accent = ["#8a1538", "oklch(80% 0.1 10)"]',
    'radius-m = "2px"',
  ]
  const brand = await open(toml.join('\n'))
  assert.equal(brand?.name, 'Harbour Mail')
  assert.equal(brand?.logo?.kind, 'svg')
  assert.equal(brand?.darkLogo?.kind, 'png')
  assert.deepEqual(brand?.tokens, { accent: ['#8a1538', 'oklch(80% 0.1 10)'], 'radius-m': ['2px', '2px'] })
})

test('every fault is told at once, with its line', async () => {
  const toml = [
    '[branding]',
    'name = " "',
    `logo = "${file('big.svg', svg + ' '.repeat(256 * 1024))}"`,
    `logo_dark = "${join(folder, 'gone.png')}"`,
    '[branding.tokens]',
    'accent = "red;}"',
    'acent = "#fff"',
    'radius-m = "10 miles"',
    'ink = ["#000"]',
    'paper = 5',
    'constructor = "#fff"',
  ]
  assert.deepEqual(await faults(toml.join('\n')), [
    'p.toml:2 branding.name must have 1 to 60 characters',
    'p.toml:3 branding.logo: big.svg has 262226 octets, more than 262144',
    'p.toml:4 branding.logo_dark: gone.png cannot be read: ENOENT',
    'p.toml:6 branding.tokens.accent must be a colour such as "#0b5e8e", not "red;}"',
    'p.toml:7 branding.tokens.acent is no token of the look',
    'p.toml:8 branding.tokens.radius-m must be a length such as "8px" or "0.5rem", not "10 miles"',
    'p.toml:9 branding.tokens.ink must be a text, or a list of two: light and dark',
    'p.toml:10 branding.tokens.paper must be a text, or a list of two: light and dark',
    'p.toml:11 branding.tokens.constructor is no token of the look',
  ])
})

test('a file that is no picture is none, whatever its name says; a dark logo needs a light one', async () => {
  const html = file('page.svg', '<html><svg></svg></html>')
  assert.deepEqual(await faults(`[branding]\nlogo = "${html}"\n`), [
    'p.toml:2 branding.logo: page.svg is neither SVG nor PNG',
  ])
  assert.deepEqual(await faults(`[branding]\nlogo_dark = "${file('b.png', png)}"\n`), [
    'p.toml:2 branding.logo_dark needs branding.logo',
  ])
})

// What an operator made of the look: read and checked once, before anything listens. Faults are told like every other of the
// configuration, with file and line, all at once.

import { readFile } from 'node:fs/promises'
import { branding } from '#config/branding.ts'
import { BadConfig, type Config, type Fault, placeOf } from '#config/load.ts'
import type { Brand, Picture } from '#fronts/assets/brand.ts'
import { faultOfToken } from '#shared/brand-tokens.ts'

const maxLogoBytes = 256 * 1024
const maxNameLength = 60
/** PNG (RFC 2083 §3.1). */
const pngSignature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])

/** Throws BadConfig. Null when nothing is set: then the client is as it was built. */
export async function openBranding(config: Config): Promise<Brand | null> {
  const { name, logo, logoDark, tokens } = config.branding
  const faults: Fault[] = []
  const trimmed = name.trim()
  if (trimmed === '' || trimmed.length > maxNameLength)
    faults.push({
      where: placeOf(config, 'branding', 'name'),
      what: `branding.name must have 1 to ${maxNameLength} characters`,
    })
  const read = async (key: 'logo' | 'logo_dark', path: string | null): Promise<Picture | null> => {
    if (path === null) return null
    const picture = await readPicture(path)
    if (typeof picture !== 'string') return picture
    faults.push({ where: placeOf(config, 'branding', key), what: `branding.${key}: ${path} ${picture}` })
    return null
  }
  const brand: Brand = {
    name: trimmed,
    logo: await read('logo', logo),
    darkLogo: await read('logo_dark', logoDark),
    tokens: readTokens(config, tokens, faults),
  }
  if (logoDark !== null && logo === null)
    faults.push({ where: placeOf(config, 'branding', 'logo_dark'), what: 'branding.logo_dark needs branding.logo' })
  if (faults.length > 0) throw new BadConfig(faults)
  const isPlain = trimmed === branding.keys.name.default && logo === null && Object.keys(brand.tokens).length === 0
  return isPlain ? null : brand
}

function readTokens(config: Config, table: Readonly<Record<string, unknown>>, faults: Fault[]): Brand['tokens'] {
  const tokens: Record<string, readonly [light: string, dark: string]> = {}
  for (const [name, given] of Object.entries(table)) {
    const tell = (what: string) =>
      faults.push({ where: placeOf(config, 'branding.tokens', name), what: `branding.tokens.${name} ${what}` })
    const [light, dark]: unknown[] = Array.isArray(given) && given.length === 2 ? given : [given, given]
    if (typeof light !== 'string' || typeof dark !== 'string') {
      tell('must be a text, or a list of two: light and dark')
      continue
    }
    const wrong = faultOfToken(name, light) ?? faultOfToken(name, dark)
    if (wrong) tell(wrong)
    else tokens[name] = [light, dark]
  }
  return tokens
}

/** The picture, or what is wrong with it. */
async function readPicture(path: string): Promise<Picture | string> {
  let bytes: Buffer
  try {
    bytes = await readFile(path)
  } catch (error) {
    return `cannot be read: ${(error as NodeJS.ErrnoException).code ?? (error as Error).message}`
  }
  if (bytes.length > maxLogoBytes) return `has ${bytes.length} octets, more than ${maxLogoBytes}`
  if (bytes.subarray(0, pngSignature.length).equals(pngSignature)) return { kind: 'png', bytes }
  // A prolog, comments and a document type may come before the root element.
  if (/^\uFEFF?\s*(?:<\?[\s\S]*?\?>\s*|<!--[\s\S]*?-->\s*|<!DOCTYPE[^>[]*>\s*)*<svg[\s>]/i.test(bytes.toString('utf8')))
    return { kind: 'svg', bytes }
  return 'is neither SVG nor PNG'
}

// An operator's brand on the built client: index.html with its name, a style sheet of its tokens, its logo. All are files with a hash
// in their names, since the page's CSP allows no script of its own, and the signed-out page has the same.

import { createHash } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { Failure } from '#core/errors.ts'

export interface Picture {
  readonly kind: 'svg' | 'png'
  readonly bytes: Uint8Array
}

export interface Brand {
  readonly name: string
  readonly logo: Picture | null
  readonly darkLogo: Picture | null
  /** By name without the dashes; every value has been checked (shared/brand-tokens.ts). */
  readonly tokens: Readonly<Record<string, readonly [light: string, dark: string]>>
}

const types = { svg: 'image/svg+xml', png: 'image/png', css: 'text/css; charset=utf-8' } as const
const immutable = 'public, max-age=31536000, immutable'
/** An SVG opened by itself runs no script and fetches nothing. */
const ownPolicy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox"

interface BrandFile {
  readonly hash: string
  readonly kind: keyof typeof types
  readonly bytes: Uint8Array
}

/** Serves the brand's files; returns what makes index.html its own. */
export function addBrandRoutes(app: FastifyInstance, brand: Brand): (html: string) => string {
  const files = new Map<string, BrandFile>()
  const add = (name: string, kind: BrandFile['kind'], bytes: Uint8Array): string => {
    const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 16)
    files.set(name, { hash, kind, bytes })
    return `/brand/${name}-${hash}.${kind}`
  }
  const addPicture = (name: string, picture: Picture | null) => picture && add(name, picture.kind, picture.bytes)
  const addresses = {
    tokens: add('tokens', 'css', Buffer.from(tokenSheet(brand.tokens))),
    logo: addPicture('logo', brand.logo),
    darkLogo: addPicture('logo-dark', brand.darkLogo),
    logoType: brand.logo && types[brand.logo.kind],
  }
  app.get<{ Params: { file: string } }>('/brand/:file', async (request, reply) => {
    const [, name = '', hash] = /^([a-z-]+)-([0-9a-f]{16})\.[a-z]+$/.exec(request.params.file) ?? []
    const file = files.get(name)
    if (!file) throw new Failure('notFound')
    // While nodes get a new brand one by one, a page of one asks another: it has the one that is here, until it is asked again.
    return reply
      .type(types[file.kind])
      .header('content-security-policy', ownPolicy)
      .header('cache-control', hash === file.hash ? immutable : 'no-cache')
      .send(file.bytes)
  })
  return (html) => brandedPage(html, brand, addresses)
}

/**
 * No more specific than the client's own `:root`, which stands before it: high contrast (`:root[data-contrast]`) is over both.
 */
function tokenSheet(tokens: Brand['tokens']): string {
  const all = Object.entries(tokens)
  const declared = (side: 0 | 1) => all.map(([name, values]) => `--${name}:${values[side]}`).join(';')
  return [
    `:root{${declared(0)}}`,
    `@media (prefers-color-scheme:dark){:root:where(:not([data-theme="light"])){${declared(1)}}}`,
    `:root:where([data-theme="dark"]){${declared(1)}}`,
    '',
  ].join('\n')
}

interface Addresses {
  readonly tokens: string
  readonly logo: string | null
  readonly darkLogo: string | null
  readonly logoType: string | null
}

function brandedPage(
  html: string,
  { name, tokens }: Brand,
  { logo, darkLogo, logoType, ...sheets }: Addresses,
): string {
  const shown = escaped(name)
  const sides = ['light', 'dark'] as const
  let page = html
    .replace(/(<title>)[^<]*/, (_, tag: string) => tag + shown)
    .replace(/(<meta name="application-name" content=")[^"]*/, (_, tag: string) => tag + shown)
    .replace(/(<noscript>)Paquebot/, (_, tag: string) => tag + shown)
    .replace('</head>', () => `  <link rel="stylesheet" href="${sheets.tokens}" />\n  </head>`)
  if (logo) {
    const dark = darkLogo ? ` data-dark="${darkLogo}"` : ''
    page = page
      .replace(/<link rel="icon"[^>]*>/, () => `<link rel="icon" href="${logo}" type="${logoType}" />`)
      .replace('</head>', () => `  <meta name="paquebot-logo" content="${logo}"${dark} />\n  </head>`)
  }
  const deck = tokens.deck
  if (!deck) return page
  return page.replace(
    /(<meta name="theme-color" media="\(prefers-color-scheme: (light|dark)\)" content=")[^"]*/g,
    (_, tag: string, side: (typeof sides)[number]) => tag + escaped(deck[sides.indexOf(side)] ?? ''),
  )
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => entities[sign] ?? sign)
}

// The cluster's key ring from its file: `id:base64`, one key a line, the newest first, `#` for remarks. A single node makes its own at
// the first start; a file that others can read is refused, for these keys open mailboxes.

import { randomBytes } from 'node:crypto'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { Failure } from '#core/errors.ts'
import { type KeyRing, openKeyRing, type RingKey } from '#core/seal.ts'

/** A line for the file: a key of 32 random octets named by the day and four random letters. */
export function newKeyLine(now: number): string {
  return `${new Date(now).toISOString().slice(0, 10)}-${randomBytes(2).toString('hex')}:${randomBytes(32).toString('base64')}`
}

/** `create`: make the file when there is none (the embedded ring of a single node). */
export async function loadKeyRing(
  path: string,
  options: { readonly create: boolean; readonly now: number },
): Promise<KeyRing> {
  if (options.create) {
    // `wx`: of two nodes that start at the same time one makes the file, and both read what it made.
    await writeFile(path, `${newKeyLine(options.now)}\n`, { flag: 'wx', mode: 0o600 }).catch((error) => {
      if (error.code !== 'EEXIST') throw new Failure('unavailable', { keyRing: path }, error)
    })
  }
  const text = await readFile(path, 'utf8').catch((error) => {
    throw new Failure('unavailable', { keyRing: path, reason: 'cannot be read' }, error)
  })
  const { mode } = await stat(path)
  if (mode & 0o077)
    throw new Failure('forbidden', {
      keyRing: path,
      reason: `others may read it (mode ${(mode & 0o777).toString(8)}): chmod 600`,
    })
  return openKeyRing(parseKeys(text, path))
}

function parseKeys(text: string, path: string): RingKey[] {
  const keys: RingKey[] = []
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trim()
    if (line === '' || line.startsWith('#')) continue
    const match = /^([A-Za-z0-9-]{1,32}):([A-Za-z0-9+/_-]{43}=?)$/.exec(line)
    if (!match)
      throw new Failure('badInput', {
        keyRing: `${path}:${index + 1}`,
        reason: 'must be `id:` and 32 octets in base64',
      })
    keys.push({ id: match[1] as string, key: Buffer.from(match[2] as string, 'base64') })
  }
  const ids = new Set(keys.map(({ id }) => id))
  if (ids.size < keys.length) throw new Failure('badInput', { keyRing: path, reason: 'two keys have one id' })
  return keys
}

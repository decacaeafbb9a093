// A key file for the contract suite.

import { randomBytes } from 'node:crypto'
import { access, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Contract } from 'paquebot/plugin-api'

export const settings: Contract['settings'] = async (folder) => {
  const path = join(folder, 'keys')
  const isThere = await access(path).then(
    () => true,
    () => false,
  )
  if (!isThere) await writeFile(path, `one:${randomBytes(32).toString('base64')}\n`)
  return { key_file: path }
}

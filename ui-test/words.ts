// The words of the web client in the language that the page is in: buttons are found by what they say, and the account that is tried may
// have any language. From the same files as the client, so that both are of one version.

import { globSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { speak, type Values, type WordTree, wording } from '../web/src/shell/wording.ts'

const root = join(import.meta.dirname, '../web/src')

export type Words = (key: string, values?: Values) => string

/** `words('mail:archive')`: `<folder>:<key>`, of the folder its own name alone. */
export function wordsOf(language: string): Words {
  const paths = new Map(
    globSync(`**/strings.${language}.json`, { cwd: root }).map((path) => [basename(dirname(path)), join(root, path)]),
  )
  const files = new Map<string, WordTree>()
  const spoken = speak(language)
  return (key, values) => {
    const [folder, name] = key.split(':') as [string, string]
    let tree = files.get(folder)
    if (!tree) {
      tree = JSON.parse(readFileSync(paths.get(folder) ?? '', 'utf8')) as WordTree
      files.set(folder, tree)
    }
    const found = wording(spoken, tree, name, values)
    if (found === undefined) throw new Error(`the web client has no words «${key}» in ${language}`)
    return found
  }
}

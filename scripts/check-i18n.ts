// Words of the web client: every language of web/src/shell/languages.ts has the same keys, in all its plural forms, and none
// still in English; every key that code names exists, every key that exists is named, and no screen shows words that are not
// in a file. Reads the source with TypeScript's parser.

import { readdir, readFile } from 'node:fs/promises'
import { basename, dirname, join, relative } from 'node:path'
import ts from 'typescript'
import { languages as table } from '../web/src/shell/languages.ts'

const root = join(import.meta.dirname, '../web/src')
const languages = Object.keys(table)
/** Forms of one key: chosen from `count` and `context` (web/src/shell/wording.ts). */
const pluralForm = /_(zero|one|two|few|many|other)$/
const spokenAttributes = new Set(['label', 'title', 'placeholder', 'alt', 'aria-label', 'aria-description', 'text'])
const letters = /\p{L}{2,}/u

const problems: string[] = []
const files = (await readdir(root, { recursive: true })).map((file) => join(root, file))

/** namespace → language → keys */
const words = new Map<string, Map<string, Map<string, string>>>()
for (const file of files) {
  const match = /strings\.(\w+)\.json$/.exec(file)
  if (!match?.[1]) continue
  const namespace = basename(dirname(file))
  const byLanguage = words.get(namespace) ?? new Map<string, Map<string, string>>()
  byLanguage.set(match[1], flatten(JSON.parse(await readFile(file, 'utf8'))))
  words.set(namespace, byLanguage)
}

function flatten(value: object, prefix = ''): Map<string, string> {
  const flat = new Map<string, string>()
  for (const [key, inner] of Object.entries(value)) {
    if (typeof inner === 'string') flat.set(prefix + key, inner)
    else for (const [path, text] of flatten(inner as object, `${prefix}${key}.`)) flat.set(path, text)
  }
  return flat
}

/** Plural categories differ by language; all that a language has must be there. */
function checkLanguages(): void {
  for (const [namespace, byLanguage] of words) {
    const reference = byLanguage.get('en') ?? new Map<string, string>()
    for (const language of languages) {
      const own = byLanguage.get(language)
      if (!own) {
        problems.push(`${namespace}: no strings.${language}.json`)
        continue
      }
      const categories = new Intl.PluralRules(language).resolvedOptions().pluralCategories
      for (const key of new Set([...reference.keys()].map((full) => full.replace(pluralForm, '')))) {
        const isPlural = reference.has(`${key}_other`)
        const wanted = isPlural ? categories.map((category) => `${key}_${category}`) : [key]
        for (const name of wanted) if (!own.get(name)?.trim()) problems.push(`${namespace}: ${language} lacks ${name}`)
        checkPlaceholders(namespace, language, key, reference, own)
        for (const name of wanted) checkTranslated(namespace, language, name, reference, own)
      }
      for (const key of own.keys()) {
        if (!reference.has(key) && !reference.has(`${key.replace(pluralForm, '')}_other`)) {
          problems.push(`${namespace}: ${language} has ${key}, which English has not`)
        }
      }
    }
  }
}

function checkPlaceholders(
  namespace: string,
  language: string,
  key: string,
  reference: ReadonlyMap<string, string>,
  own: ReadonlyMap<string, string>,
): void {
  const names = (text = '', without = '') =>
    [...text.matchAll(/{{\s*(\w+)/g)]
      .map(([, name]) => name)
      .filter((name) => name !== without)
      .sort()
      .join()
  const form = reference.has(`${key}_other`) ? `${key}_other` : key
  for (const [name, text] of own) {
    // «One message» need not hold the number, but whatever else is filled in.
    const isForm = form !== key && name !== form && name.replace(pluralForm, '') === key && pluralForm.test(name)
    if (name !== form && !isForm) continue
    const without = isForm ? 'count' : ''
    if (names(reference.get(form), without) !== names(text, without)) {
      problems.push(`${namespace}: ${language} fills other places in ${name} than English`)
    }
  }
}

/** What is called the same everywhere. */
const properNames = new Set(['Paquebot', 'Message-ID'])

/** Found where it can be: several words that are the English ones, and any word where letters are others than English has. */
function checkTranslated(
  namespace: string,
  language: string,
  key: string,
  reference: ReadonlyMap<string, string>,
  own: ReadonlyMap<string, string>,
): void {
  const text = own.get(key)
  if (language === 'en' || !text || text !== (reference.get(key) ?? reference.get(key.replace(pluralForm, '_other'))))
    return
  const ownWords = text
    .replace(/{{.*?}}/g, ' ')
    .split(/[\s()]+/)
    .filter((word) => letters.test(word) && !properNames.has(word))
  const most = new Intl.Locale(language).maximize().script === 'Latn' ? 1 : 0
  if (ownWords.length > most) problems.push(`${namespace}: ${language} has ${key} in English: «${text.slice(0, 60)}»`)
}

/** Keys named in code, whole (`t('a.b')`) or by their beginning (`t(`role.${x}`)`), with the namespace where one is said. */
const named = new Set<string>()
const beginnings = new Set<string>()

async function readSource(file: string): Promise<void> {
  const source = ts.createSourceFile(
    file,
    await readFile(file, 'utf8'),
    ts.ScriptTarget.Latest,
    true,
    ts.ScriptKind.TSX,
  )
  const namespaces = new Set<string>()
  const calls: { key: string; at: number }[] = []

  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && ts.isIdentifier(node.expression)) {
      const [first] = node.arguments
      if (node.expression.text === 'useText' && first && ts.isStringLiteral(first)) namespaces.add(first.text)
      if (node.expression.text === 't' || node.expression.text === 'text')
        for (const key of keysIn(first)) calls.push({ key, at: node.pos })
    }
    if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) named.add(node.text)
    if (ts.isTemplateExpression(node)) beginnings.add(node.head.text)
    if (ts.isJsxText(node) && letters.test(node.text)) report(file, source, node, node.text.trim())
    if (ts.isJsxAttribute(node) && spokenAttributes.has(node.name.getText(source))) {
      const { initializer } = node
      if (initializer && ts.isStringLiteral(initializer) && letters.test(initializer.text)) {
        report(file, source, node, initializer.text)
      }
    }
    ts.forEachChild(node, visit)
  }
  visit(source)

  for (const { key, at } of calls) {
    const [namespace, name] = key.includes(':') ? (key.split(':') as [string, string]) : ['', key]
    const candidates = namespace ? [namespace] : [...namespaces]
    // A function that is given `t` does not say whose it is.
    const within = candidates.length > 0 ? candidates : [...words.keys()]
    if (within.some((candidate) => exists(candidate, name))) continue
    const { line } = source.getLineAndCharacterOfPosition(at)
    problems.push(`${relative(root, file)}:${line + 1}: no words for ${key}`)
  }
}

/** The literal keys of an argument: both arms of a condition count. */
function keysIn(node: ts.Expression | undefined): string[] {
  if (!node) return []
  if (ts.isStringLiteral(node)) return [node.text]
  if (ts.isConditionalExpression(node)) return [...keysIn(node.whenTrue), ...keysIn(node.whenFalse)]
  return []
}

function exists(namespace: string, key: string): boolean {
  const known = words.get(namespace)?.get('en')
  return known?.has(key) === true || known?.has(`${key}_other`) === true
}

function report(file: string, source: ts.SourceFile, node: ts.Node, text: string): void {
  const { line } = source.getLineAndCharacterOfPosition(node.getStart(source))
  problems.push(`${relative(root, file)}:${line + 1}: words in code: «${text.slice(0, 60)}»`)
}

function checkUnused(): void {
  for (const [namespace, byLanguage] of words) {
    for (const full of byLanguage.get('en')?.keys() ?? []) {
      const key = full.replace(pluralForm, '')
      const forms = [key, key.replace(/_\w+$/, '')].flatMap((form) => [form, `${namespace}:${form}`])
      // A list of choices names its group: `choices('themes', …)` says themes.light.
      const group = key.split('.').slice(0, -1).join('.')
      const isNamed = forms.some((form) => named.has(form)) || (group !== '' && named.has(group))
      const hasBeginning = [...beginnings].some(
        (beginning) =>
          beginning !== '' && /[.:\w]$/.test(beginning) && forms.some((form) => form.startsWith(beginning)),
      )
      if (!isNamed && !hasBeginning) problems.push(`${namespace}: nobody says ${key}`)
    }
  }
}

checkLanguages()
for (const file of files) if (/\.tsx?$/.test(file) && !/\.test\.ts$/.test(file)) await readSource(file)
checkUnused()
for (const problem of problems) console.error(problem)
console.log(`i18n: ${words.size} namespaces in ${languages.join(', ')}, ${problems.length} problems`)
process.exitCode = problems.length > 0 ? 1 : 0

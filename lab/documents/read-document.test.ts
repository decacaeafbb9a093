import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { readDocument, sectionOf } from './read-document.ts'

const page = `# Page

## 1. First

\`\`\`sh both
echo one
\`\`\`

\`\`\`text seen
one
\`\`\`

\`\`\`sh
an example
\`\`\`

## Later

<!-- repeat 1 a -->

\`\`\`toml a /etc/x.toml
key = 1
\`\`\`
`

test('commands, files, what is seen and repetitions come in the order of the page, by section; examples do not', () => {
  const sections = readDocument(page, ['a', 'b', 'both'])
  assert.deepEqual(sectionOf(sections, '1').steps, [
    { kind: 'commands', machine: 'both', kinds: [], text: 'echo one\n' },
    { kind: 'seen', lines: ['one'] },
  ])
  assert.deepEqual(sectionOf(sections, 'Later').steps, [
    { kind: 'repeat', section: '1', machine: 'a' },
    { kind: 'file', machine: 'a', path: '/etc/x.toml', text: 'key = 1\n' },
  ])
})

test('a machine that is none of them is told, for its step would be nobody’s', () => {
  assert.throws(() => readDocument(page, ['a', 'b']), /a block for both/)
})

test('docs/run/cluster.md can be read, and has a step for each machine', () => {
  const text = readFileSync(new URL('../../docs/run/cluster.md', import.meta.url), 'utf8')
  const sections = readDocument(text, ['ship1', 'ship2', 'both', 'people'])
  const machines = new Set(
    sections.flatMap(({ steps }) => steps.flatMap((step) => ('machine' in step ? [step.machine] : []))),
  )
  assert.deepEqual([...machines].sort(), ['both', 'people', 'ship1', 'ship2'])
})

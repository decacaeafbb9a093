// mailsplit, an independent and maintained splitter, must hand out the same octets for well-formed messages
// (docs/adr/2026-11-22-mime-splitter.md).

import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { Readable, type Transform } from 'node:stream'
import { test } from 'node:test'
import { mimeCorpus } from '#testing/mime-corpus.ts'
import { walkParts } from './mime-part.ts'
import { parseMessage } from './parse-message.ts'

type SplitterChunk =
  | { readonly type: 'node'; readonly multipart: string | false }
  | { readonly type: 'body' | 'data'; readonly value: Buffer }
const { Splitter } = createRequire(import.meta.url)('mailsplit') as {
  Splitter: new (options: { ignoreEmbedded: boolean }) => Transform
}

/** What mailsplit loses or cuts differently, each named in the decision record. */
const knownLosses = new Set([
  'inner not closed',
  'padding after the boundary',
  'empty parts',
  'no boundary parameter',
  'boundary never met',
  'only a boundary',
])

async function leavesBySplitter(raw: Buffer): Promise<string[]> {
  const leaves: { isMultipart: boolean; chunks: Buffer[] }[] = []
  for await (const chunk of Readable.from([raw]).pipe(
    new Splitter({ ignoreEmbedded: true }),
  ) as AsyncIterable<SplitterChunk>) {
    if (chunk.type === 'node') leaves.push({ isMultipart: chunk.multipart !== false, chunks: [] })
    else if (chunk.type === 'body') leaves.at(-1)?.chunks.push(chunk.value)
  }
  return leaves.filter(({ isMultipart }) => !isMultipart).map(({ chunks }) => Buffer.concat(chunks).toString('latin1'))
}

test('a well-formed message has the same leaves by mailsplit', async () => {
  let compared = 0
  for (const [name, text] of Object.entries(mimeCorpus)) {
    if (knownLosses.has(name)) continue
    const raw = Buffer.from(text, 'latin1')
    const ours = [...walkParts(parseMessage(raw))].filter(({ children }) => !children || children.length === 0)
    assert.deepEqual(
      ours.map(({ content }) => Buffer.from(content ?? []).toString('latin1')),
      await leavesBySplitter(raw),
      name,
    )
    compared++
  }
  assert.ok(compared >= 20, `only ${compared} compared`)
})

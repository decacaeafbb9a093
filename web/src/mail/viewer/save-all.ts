// All attachments of a message as one zip, made here. Each is fetched when the one before is through and goes into the zip as it comes;
// the browser keeps the growing file as a blob, on disk where it is large. It is handed to the person once it is whole: what
// fails midway leaves nothing behind.

import { makeZip } from 'client-zip'
import { safeName, zipNames } from './zip-names.ts'

export interface FileToSave {
  readonly name: string
  readonly url: string
}

export interface SaveAllOptions {
  /** Of the zip, without its ending. */
  readonly title: string
  /** For files without a name. */
  readonly unnamed: string
  readonly signal: AbortSignal
  readonly onProgress: (done: number) => void
}

/** Null when it was saved or stopped; else the file that could not be fetched, and nothing was saved. */
export async function saveAll(files: readonly FileToSave[], options: SaveAllOptions): Promise<FileToSave | null> {
  const { signal } = options
  let current = files[0]!
  const names = zipNames(
    files.map(({ name }) => name),
    options.unnamed,
  )
  async function* inputs() {
    for (const [at, file] of files.entries()) {
      current = file
      options.onProgress(at)
      const response = await fetch(file.url, { signal })
      if (!response.ok || !response.body) throw new Error(`HTTP ${response.status}`)
      yield { name: names[at], input: response.body, lastModified: new Date() }
    }
    options.onProgress(files.length)
  }
  let zip: Blob
  try {
    zip = await new Response(makeZip(inputs()), { headers: { 'content-type': 'application/zip' } }).blob()
  } catch (error) {
    if (signal.aborted) return null
    console.error(error)
    return current
  }
  if (!signal.aborted) handOver(zip, `${safeName(options.title, options.unnamed)}.zip`)
  return null
}

function handOver(file: Blob, name: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(file)
  link.download = name
  link.click()
  // The download has its own hold on the blob once it has begun.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
}

// A text file as it is written, HTML too: its beginning, in the charset it is in.

import { useEffect, useState } from 'react'
import { useText } from '../../shell/i18n.ts'
import { Spinner } from '../../ui/spinner.tsx'
import { decodeText } from './decode-text.ts'
import styles from './file-viewer.module.css'
import { NotShown } from './not-shown.tsx'
import type { ShownFile } from './shown-file.ts'

const shownBytes = 512 * 1024

type Read = { readonly text: string; readonly isCut: boolean }

export function TextView({ file }: { readonly file: ShownFile }) {
  const t = useText('viewer')
  const [read, setRead] = useState<Read | 'failed' | null>(null)
  const { url, charset } = file
  useEffect(() => {
    const asked = new AbortController()
    readBeginning(url, charset, asked.signal).then(setRead, () => asked.signal.aborted || setRead('failed'))
    return () => asked.abort()
  }, [url, charset])

  if (read === 'failed') return <NotShown file={file} why="failed" />
  if (!read) return <Spinner label={t('loading')} />
  return (
    <div className={styles.paper}>
      {read.isCut ? <p className={styles.note}>{t('cut')}</p> : null}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
      <pre className={styles.text} tabIndex={0} dir="auto">
        {read.text}
      </pre>
    </div>
  )
}

async function readBeginning(url: string, charset: string | null, signal: AbortSignal): Promise<Read> {
  const response = await fetch(url, { signal, headers: { range: `bytes=0-${shownBytes - 1}` } })
  // RFC 9110 §15.5.17: an empty file has no first octet.
  if (response.status === 416) return { text: '', isCut: false }
  if (!response.ok) throw new Error(`HTTP ${response.status}`)
  const bytes = new Uint8Array(await response.arrayBuffer())
  const total = Number(response.headers.get('content-range')?.split('/')[1] ?? bytes.length)
  const isCut = total > shownBytes
  return { text: decodeText(bytes.subarray(0, shownBytes), charset, isCut), isCut }
}

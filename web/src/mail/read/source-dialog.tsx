// The message as it came over the wire: its first stretch as text, the whole as a download.

import { useEffect, useState } from 'react'
import { useText } from '../../shell/i18n.ts'
import { useStore } from '../../store/index.ts'
import { Dialog } from '../../ui/dialog.tsx'
import { Spinner } from '../../ui/spinner.tsx'
import type { Message } from './load-message.ts'
import styles from './source-dialog.module.css'

const shownBytes = 256 * 1024

export function SourceDialog({ message, onClose }: { readonly message: Message; readonly onClose: () => void }) {
  const t = useText('read')
  const { client } = useStore()
  const [source, setSource] = useState<string | 'failed' | null>(null)
  const url = messageUrl(client, message)
  useEffect(() => {
    const asked = new AbortController()
    fetch(url, { signal: asked.signal, headers: { range: `bytes=0-${shownBytes - 1}` } })
      .then(async (response) => {
        if (!response.ok) throw new Error(`HTTP ${response.status}`)
        // As octets: what a source looks like must not depend on a charset that it claims.
        setSource(new TextDecoder('windows-1252').decode((await response.arrayBuffer()).slice(0, shownBytes)))
      })
      .catch(() => asked.signal.aborted || setSource('failed'))
    return () => asked.abort()
  }, [url])
  return (
    <Dialog
      title={t('source')}
      closeLabel={t('close')}
      onClose={onClose}
      size="large"
      actions={
        <a href={url} download={`${message.id}.eml`}>
          {t('downloadMessage')}
        </a>
      }
    >
      {source === null ? (
        <Spinner label={t('loading')} />
      ) : source === 'failed' ? (
        <p role="alert">{t('loadFailed')}</p>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
        <pre className={styles.source} tabIndex={0}>
          {source}
        </pre>
      )}
    </Dialog>
  )
}

export function messageUrl(client: { downloadUrl: (b: string, n: string, t?: string) => string }, message: Message) {
  return client.downloadUrl(message.blobId, `${message.id}.eml`, 'message/rfc822')
}

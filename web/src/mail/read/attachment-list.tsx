// What hangs on a message: a card each, with a small picture of pictures; a press on it shows the file, where it can be shown. Everything is a
// download from our own origin; what the server says about a file's type decides how it is served, never how it is shown here.

import { Download } from 'lucide-react'
import { lazy, Suspense, useMemo, useState } from 'react'
import { loadStrings, useText } from '../../shell/i18n.ts'
import { patiently } from '../../shell/patiently.ts'
import { useStore } from '../../store/index.ts'
import { visibleText } from '../sanitize/visible-text.ts'
import { lookAt, type ShownFile } from '../viewer/shown-file.ts'
import styles from './attachment-list.module.css'
import { FileIcon, showSize } from './file-looks.tsx'
import type { MessagePart } from './load-message.ts'
import { SaveAllButton } from './save-all-button.tsx'

const FileViewer = lazy(async () => {
  const [module] = await patiently(() => Promise.all([import('../viewer/file-viewer.tsx'), loadStrings('viewer')]))
  return module
})

const maxThumbnailBytes = 3_000_000

export interface AttachmentListProps {
  readonly parts: readonly MessagePart[]
  /** Of the message: what all of it together is called. */
  readonly subject: string
}

export function AttachmentList({ parts, subject }: AttachmentListProps) {
  const t = useText('read')
  const { client } = useStore()
  const [openedId, setOpened] = useState<string | null>(null)
  const unnamed = t('unnamed')
  const files = useMemo(
    () =>
      parts.flatMap((part): readonly ShownFile[] => {
        if (part.blobId === null) return []
        const name = fileName(part, unnamed)
        const { type, kind } = lookAt({ type: part.type, name })
        const url = client.downloadUrl(part.blobId, name, type)
        return [{ id: part.blobId, name, type, kind, url, size: part.size, charset: part.charset }]
      }),
    [parts, client, unnamed],
  )
  if (files.length === 0) return null

  return (
    <section className={styles.attachments} aria-label={t('attachments', { count: files.length })}>
      <ul className={styles.list}>
        {files.map((file) => (
          <li key={file.id} className={styles.card}>
            <FileCard file={file} onOpen={() => setOpened(file.id)} />
            <a
              className={styles.download}
              href={file.url}
              download={file.name}
              aria-label={t('downloadFile', { name: file.name })}
            >
              <Download size={17} aria-hidden />
            </a>
          </li>
        ))}
      </ul>
      {files.length > 1 ? <SaveAllButton files={files} title={subject} /> : null}
      {openedId !== null ? (
        <Suspense>
          <FileViewer files={files} startId={openedId} onClose={() => setOpened(null)} />
        </Suspense>
      ) : null}
    </section>
  )
}

function FileCard({ file, onOpen }: { readonly file: ShownFile; readonly onOpen: () => void }) {
  const hasThumbnail = file.kind === 'picture' && file.size <= maxThumbnailBytes
  const looks = (
    <>
      <span className={styles.icon}>
        {hasThumbnail ? <img src={file.url} alt="" loading="lazy" /> : <FileIcon type={file.type} />}
      </span>
      <span className={styles.words}>
        <bdi className={styles.name} title={file.name}>
          {file.name}
        </bdi>
        <span className={styles.size}>{showSize(file.size)}</span>
      </span>
    </>
  )
  if (file.kind === 'other') return <span className={styles.file}>{looks}</span>
  return (
    <button type="button" className={styles.file} onClick={onOpen}>
      {looks}
    </button>
  )
}

/** The last part of what the sender calls a path, without what would turn it around; never empty. */
function fileName(part: Pick<MessagePart, 'name' | 'type'>, fallback: string): string {
  const name = visibleText(part.name ?? '')
    .split(/[\\/]/)
    .at(-1)
  if (name && !/^\.*$/.test(name)) return name.slice(0, 200)
  if (part.type === 'message/rfc822') return `${fallback}.eml`
  return part.type === 'text/calendar' ? `${fallback}.ics` : fallback
}

// What hangs on a message: a card each, with a small picture of pictures. Everything is a download from our own origin; what
// the server says about a file's type decides how it is served, never how it is shown here.

import { Download } from 'lucide-react'
import { useState } from 'react'
import { useText } from '../../shell/i18n.ts'
import { useStore } from '../../store/index.ts'
import { Dialog } from '../../ui/dialog.tsx'
import { visibleText } from '../sanitize/visible-text.ts'
import styles from './attachment-list.module.css'
import { FileIcon, showSize } from './file-looks.tsx'
import { isRasterImage, type MessagePart } from './load-message.ts'

const maxThumbnailBytes = 3_000_000

export function AttachmentList({ parts }: { readonly parts: readonly MessagePart[] }) {
  const t = useText('read')
  const { client } = useStore()
  const [opened, setOpened] = useState<MessagePart | null>(null)
  const files = parts.filter((part) => part.blobId !== null)
  if (files.length === 0) return null
  const urlOf = (part: MessagePart) => client.downloadUrl(part.blobId ?? '', fileName(part, t('unnamed')), part.type)

  return (
    <section className={styles.attachments} aria-label={t('attachments', { count: files.length })}>
      <ul className={styles.list}>
        {files.map((part) => {
          const name = fileName(part, t('unnamed'))
          const hasThumbnail = isRasterImage(part) && part.size <= maxThumbnailBytes
          return (
            <li key={part.blobId} className={styles.card}>
              {hasThumbnail ? (
                <button
                  type="button"
                  className={styles.thumbnail}
                  onClick={() => setOpened(part)}
                  aria-label={t('openPicture', { name })}
                >
                  <img src={urlOf(part)} alt="" loading="lazy" />
                </button>
              ) : (
                <span className={styles.icon}>
                  <FileIcon type={part.type} />
                </span>
              )}
              <span className={styles.words}>
                <bdi className={styles.name} title={name}>
                  {name}
                </bdi>
                <span className={styles.size}>{showSize(part.size)}</span>
              </span>
              <a
                className={styles.download}
                href={urlOf(part)}
                download={name}
                aria-label={t('downloadFile', { name })}
              >
                <Download size={17} aria-hidden />
              </a>
            </li>
          )
        })}
      </ul>
      {opened ? (
        <Dialog
          title={fileName(opened, t('unnamed'))}
          closeLabel={t('close')}
          onClose={() => setOpened(null)}
          size="large"
          actions={
            <a href={urlOf(opened)} download={fileName(opened, t('unnamed'))}>
              {t('download')}
            </a>
          }
        >
          <img className={styles.picture} src={urlOf(opened)} alt={fileName(opened, t('unnamed'))} />
        </Dialog>
      ) : null}
    </section>
  )
}

/** The last part of what the sender calls a path, without what would turn it around; never empty. */
export function fileName(part: Pick<MessagePart, 'name' | 'type'>, fallback: string): string {
  const name = visibleText(part.name ?? '')
    .split(/[\\/]/)
    .at(-1)
  if (name && !/^\.*$/.test(name)) return name.slice(0, 200)
  if (part.type === 'message/rfc822') return `${fallback}.eml`
  return part.type === 'text/calendar' ? `${fallback}.ics` : fallback
}

// The files of a message being written: those that are there and those on their way.

import { RotateCw, X } from 'lucide-react'
import { FileIcon, showSize } from '../mail/read/file-looks.tsx'
import { visibleText } from '../mail/sanitize/visible-text.ts'
import { useText } from '../shell/i18n.ts'
import styles from './attachment-tray.module.css'
import type { DraftAttachment } from './draft.ts'
import type { Upload } from './use-composer.ts'

export interface AttachmentTrayProps {
  readonly attachments: readonly DraftAttachment[]
  readonly uploads: readonly Upload[]
  readonly onRemove: (attachment: DraftAttachment) => void
}

export function AttachmentTray({ attachments, uploads, onRemove }: AttachmentTrayProps) {
  const t = useText('compose')
  if (attachments.length + uploads.length === 0) return null
  return (
    <ul className={styles.tray} aria-label={t('attachments')}>
      {attachments.map((file) => (
        <li key={file.blobId + file.name} className={styles.file}>
          <FileIcon type={file.type} size={16} />
          <bdi className={styles.name}>{visibleText(file.name)}</bdi>
          <span className={styles.size}>{showSize(file.size)}</span>
          <button
            type="button"
            aria-label={t('removeFile', { name: visibleText(file.name) })}
            onClick={() => onRemove(file)}
          >
            <X size={14} aria-hidden />
          </button>
        </li>
      ))}
      {uploads.map((upload) => (
        <li key={upload.id} className={`${styles.file} ${upload.failed ? styles.failed : ''}`}>
          <FileIcon type={upload.type} size={16} />
          <bdi className={styles.name}>{visibleText(upload.name)}</bdi>
          {upload.failed ? (
            <>
              <span role="alert">{t(upload.failed === 'tooLarge' ? 'fileTooLarge' : 'uploadFailed')}</span>
              {upload.failed === 'failed' ? (
                <button type="button" aria-label={t('tryAgain')} onClick={upload.retry}>
                  <RotateCw size={14} aria-hidden />
                </button>
              ) : null}
            </>
          ) : (
            <progress
              className={styles.progress}
              max={upload.size || 1}
              value={upload.sent}
              aria-label={t('uploading', { name: visibleText(upload.name) })}
            />
          )}
          <button
            type="button"
            aria-label={t('removeFile', { name: visibleText(upload.name) })}
            onClick={upload.cancel}
          >
            <X size={14} aria-hidden />
          </button>
        </li>
      ))}
    </ul>
  )
}

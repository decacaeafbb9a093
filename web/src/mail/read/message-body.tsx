// The text of one message: its HTML in the frame or its plain text, and above it what a reader has to decide about it.

import { ImageOff } from 'lucide-react'
import { useCallback, useState } from 'react'
import { useSetting } from '../../settings/account-settings.ts'
import { compose } from '../../shell/composer.ts'
import { useText } from '../../shell/i18n.ts'
import { useIsDark } from '../../shell/use-is-dark.ts'
import { useStore } from '../../store/index.ts'
import { Button } from '../../ui/button.tsx'
import { plainTextFormat } from '../sanitize/plain-text.ts'
import { visibleText } from '../sanitize/visible-text.ts'
import { useSearchWords } from '../search/use-search-words.ts'
import { HtmlFrame, type SanitizeReport } from './html-frame.tsx'
import { isRasterImage, type Message, type MessagePart } from './load-message.ts'
import styles from './message-body.module.css'
import { PlainTextView } from './plain-text-view.tsx'
import { useRemoteImages } from './remote-images.ts'

export interface MessageBodyProps {
  readonly message: Message
  readonly format: 'html' | 'plain'
  readonly isLight: boolean
  /** In the junk folder, or marked as phishing: nothing remote is shown without being asked for each time. */
  readonly isSuspicious: boolean
  /** Content-IDs shown in place, which the list of attachments leaves out. */
  readonly onUsedContentIds: (ids: ReadonlySet<string>) => void
}

export function MessageBody({ message, format, isLight, isSuspicious, onUsedContentIds }: MessageBodyProps) {
  const t = useText('read')
  const isDark = useIsDark()
  const [reading] = useSetting('reading')
  const [mode] = useSetting('remote-content')
  const words = useSearchWords()
  const images = useRemoteImages(message, isSuspicious)
  const parts = format === 'plain' ? message.textBody : message.htmlBody
  const { onBlocked } = images
  const onReport = useCallback(
    (report: SanitizeReport) => {
      onBlocked(report.blocked)
      onUsedContentIds(report.usedContentIds)
    },
    [onBlocked, onUsedContentIds],
  )
  const isTruncated = parts.some((part) => part.partId !== null && message.bodyValues[part.partId]?.isTruncated)

  return (
    <div className={styles.body}>
      {images.isBlocked && mode.mode !== 'never' ? (
        <div className={styles.bar} role="note">
          <ImageOff size={18} aria-hidden />
          <span className={styles.barText}>{t('imagesBlocked')}</span>
          <Button size="small" tone="quiet" onPress={images.showOnce}>
            {t('showImages')}
          </Button>
          {images.showAlways ? (
            <Button size="small" tone="quiet" onPress={images.showAlways}>
              {t('alwaysFromSender')}
            </Button>
          ) : null}
        </div>
      ) : null}
      {images.hasFailed ? (
        <div className={styles.bar} role="alert">
          {t('imagesFailed')}
        </div>
      ) : null}
      {parts.map((part) => (
        <Part
          key={part.partId ?? part.blobId}
          part={part}
          message={message}
          sources={images.sources}
          isDark={isDark && reading.isDarkMail && !isLight}
          words={words}
          onReport={onReport}
        />
      ))}
      {isTruncated ? <p className={styles.note}>{t('truncated')}</p> : null}
    </div>
  )
}

interface PartProps {
  readonly part: MessagePart
  readonly message: Message
  readonly sources: ReturnType<typeof useRemoteImages>['sources']
  readonly isDark: boolean
  readonly words: readonly string[]
  readonly onReport: (report: SanitizeReport) => void
}

function Part({ part, message, sources, isDark, words, onReport }: PartProps) {
  const t = useText('read')
  const { client } = useStore()
  const [hasFailed, setFailed] = useState(false)
  const value = part.partId === null ? undefined : message.bodyValues[part.partId]
  const onMailto = useCallback((url: string) => compose({ kind: 'mailto', url }), [])
  if (isRasterImage(part) && part.blobId) {
    const name = visibleText(part.name ?? '')
    if (hasFailed) return <p className={styles.note}>{name || t('picture')}</p>
    return (
      <img
        className={styles.image}
        src={client.downloadUrl(part.blobId, part.name ?? 'image', part.type)}
        alt={name || t('picture')}
        onError={() => setFailed(true)}
      />
    )
  }
  if (!value) return null
  return (
    <>
      {value.isEncodingProblem ? <p className={styles.note}>{t('encodingProblem')}</p> : null}
      {part.type === 'text/html' ? (
        <HtmlFrame
          html={value.value}
          sources={sources}
          title={t('messageText')}
          isDark={isDark}
          words={words}
          onReport={onReport}
          onMailto={onMailto}
        />
      ) : (
        <PlainTextView
          text={value.value}
          format={plainTextFormat(part['header:Content-Type'])}
          quoteLabel={t('showQuote')}
          words={words}
          onMailto={onMailto}
        />
      )}
    </>
  )
}

// What will stand below the text of a message being written. It is a stranger's: shown as the reader shows mail.

import { useRef } from 'react'
import { HtmlFrame } from '../mail/read/html-frame.tsx'
import { useText } from '../shell/i18n.ts'
import { useIsDark } from '../shell/use-is-dark.ts'
import { Button } from '../ui/button.tsx'
import styles from './composer.module.css'
import type { Draft } from './draft.ts'

export interface QuotePreviewProps {
  readonly draft: Draft
  readonly urlOf: (cid: string) => string | undefined
  readonly onEdit: () => void
  readonly onRemove: () => void
}

const noProxy = new Map<string, string>()

export function QuotePreview({ draft, urlOf, onEdit, onRemove }: QuotePreviewProps) {
  const t = useText('compose')
  const isDark = useIsDark()
  const inline = useRef({ get: urlOf })
  const sources = useRef({ inline: inline.current, proxied: noProxy })
  return (
    <details className={styles.quote}>
      <summary>{t('quotedText')}</summary>
      <div className={styles.quoteTools}>
        <Button size="small" tone="quiet" onPress={onEdit}>
          {t('editQuote')}
        </Button>
        <Button size="small" tone="quiet" onPress={onRemove}>
          {t('removeQuote')}
        </Button>
      </div>
      <p className={styles.intro}>{draft.quote?.intro}</p>
      <HtmlFrame
        html={draft.quote?.html ?? ''}
        sources={sources.current}
        title={t('quotedText')}
        isDark={isDark}
        onReport={nothing}
        onMailto={nothing}
      />
    </details>
  )
}

function nothing(): void {}

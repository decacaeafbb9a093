// A page with nothing but the reader's two views, for tests of the sanitiser without a server.

import { createRoot } from 'react-dom/client'
import { HtmlFrame, type SanitizeReport } from '../../../web/src/mail/read/html-frame.tsx'
import { PlainTextView } from '../../../web/src/mail/read/plain-text-view.tsx'
import { plainTextFormat } from '../../../web/src/mail/sanitize/plain-text.ts'
import '../../../web/src/ui/tokens.css'

interface HarnessWindow {
  showHtml(html: string, proxied: Record<string, string>, inline: Record<string, string>): Promise<SerialReport>
  showText(text: string, contentType: string): void
}
export interface SerialReport {
  readonly blocked: readonly string[]
  readonly usedContentIds: readonly string[]
  readonly hasColours: boolean
}

const root = createRoot(document.getElementById('app')!)
let run = 0

Object.assign(window, {
  showHtml: (html, proxied, inline) =>
    new Promise((resolve) => {
      const sources = { proxied: new Map(Object.entries(proxied)), inline: new Map(Object.entries(inline)) }
      const onReport = (report: SanitizeReport) =>
        resolve({ ...report, blocked: [...report.blocked], usedContentIds: [...report.usedContentIds] })
      root.render(
        <HtmlFrame
          key={run++}
          html={html}
          sources={sources}
          title="message"
          isDark={false}
          onReport={onReport}
          onMailto={() => {}}
        />,
      )
    }),
  showText: (text, contentType) =>
    root.render(
      <PlainTextView
        key={run++}
        text={text}
        format={plainTextFormat(contentType)}
        quoteLabel="quote"
        onMailto={() => {}}
      />,
    ),
} satisfies HarnessWindow)

// A message's HTML in a frame of its own. Three walls, each enough by itself: the sanitiser's allow-list, the sandbox
// (no allow-scripts), and the frame's CSP (script-src 'none', pictures from our own proxy and downloads alone).
//
// allow-same-origin is there on purpose: the sanitised nodes are adopted as they are instead of being written out and parsed
// again (where mutation XSS lives), pictures come with the session's cookie, and the height is measured from out here.
// Without scripts in the frame there is nobody in it who could use that origin.

import { useEffect, useRef, useState } from 'react'
import { type ImageSources, type SanitizedHtml, sanitizeHtml } from '../sanitize/sanitize-html.ts'
import { highlightWords } from '../search/highlight-words.ts'
import styles from './html-frame.module.css'

export type SanitizeReport = Pick<SanitizedHtml, 'blocked' | 'usedContentIds' | 'hasColours'>

export interface HtmlFrameProps {
  readonly html: string
  readonly sources: ImageSources
  readonly title: string
  /** Whether the page around is dark, and the message is to be too. */
  readonly isDark: boolean
  /** Of the search that found it. */
  readonly words?: readonly string[]
  readonly onReport: (report: SanitizeReport) => void
  /** A mailto: link was followed. */
  readonly onMailto: (url: string) => void
}

const noWords: readonly string[] = []
const maxHeightPx = 200_000
/** A message whose height follows its frame's would grow for ever. */
const maxGrowths = 60

export function HtmlFrame({ html, sources, title, isDark, words = noWords, onReport, onMailto }: HtmlFrameProps) {
  const frame = useRef<HTMLIFrameElement>(null)
  const [isLoaded, setLoaded] = useState(false)
  const [look, setLook] = useState<'light' | 'dark' | 'inverted'>('light')
  const latest = useRef({ onReport, onMailto })
  latest.current = { onReport, onMailto }

  useEffect(() => {
    const element = frame.current
    const inside = element?.contentDocument
    if (!isLoaded || !element || !inside) return
    const sanitized = sanitizeHtml(html, sources)
    inside.querySelectorAll('style:not([data-own])').forEach((style) => {
      style.remove()
    })
    inside.head.append(...sanitized.styles)
    inside.documentElement.replaceChild(inside.adoptNode(sanitized.body), inside.body)
    // A message that says nothing of its direction was not written for our page's: its first letter tells.
    inside.documentElement.dir = sanitized.direction || 'auto'
    const next = !isDark ? 'light' : sanitized.hasColours ? 'inverted' : 'dark'
    inside.documentElement.dataset.look = next
    setLook(next)
    latest.current.onReport(sanitized)
    return followHeight(element, inside)
  }, [isLoaded, html, sources, isDark])

  // After the body has been put in, above.
  // biome-ignore lint/correctness/useExhaustiveDependencies: what else makes another body
  useEffect(() => {
    const inside = frame.current?.contentDocument
    return isLoaded && inside ? highlightWords(inside.body, words) : undefined
  }, [isLoaded, html, sources, isDark, words])

  useEffect(() => {
    const element = frame.current
    const inside = element?.contentDocument
    if (!isLoaded || !element || !inside) return
    const onClick = (event: MouseEvent) => {
      const link = (event.target as Element | null)?.closest?.('a[href^="mailto:"]')
      if (!link) return
      event.preventDefault()
      latest.current.onMailto(link.getAttribute('href') ?? '')
    }
    // Keys pressed while the focus is in the message are the application's keys all the same.
    const onKey = (event: KeyboardEvent) => {
      const copy = new KeyboardEvent('keydown', { ...keyOf(event), bubbles: true, cancelable: true })
      if (!element.dispatchEvent(copy)) event.preventDefault()
    }
    inside.addEventListener('click', onClick)
    inside.addEventListener('keydown', onKey)
    return () => {
      inside.removeEventListener('click', onClick)
      inside.removeEventListener('keydown', onKey)
    }
  }, [isLoaded])

  return (
    <iframe
      ref={frame}
      title={title}
      className={`${styles.frame} ${styles[look]}`}
      sandbox="allow-same-origin allow-popups allow-popups-to-escape-sandbox"
      referrerPolicy="no-referrer"
      srcDoc={skeleton(location.origin)}
      onLoad={() => setLoaded(true)}
    />
  )
}

/** The empty page that a message is put into. Made of constants of ours alone. */
export function skeleton(origin: string): string {
  const policy = [
    "default-src 'none'",
    "script-src 'none'",
    `img-src ${origin}/proxy/ ${origin}/jmap/download/ data: blob:`,
    "style-src 'unsafe-inline'",
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ')
  return `<!doctype html><html><head><meta http-equiv="Content-Security-Policy" content="${policy}"><meta name="referrer" content="no-referrer"><meta charset="utf-8"><style data-own>${ownStyle}</style></head><body></body></html>`
}

const ownStyle = `
:root{color-scheme:light;background:#fff;color:#13212f;font:15px/1.55 system-ui,-apple-system,"Segoe UI","Noto Sans",sans-serif}
:root,body{height:auto!important;min-height:0!important;max-height:none!important;position:static!important;transform:none!important}
:root{overflow-x:auto;overflow-y:hidden;padding:0!important;margin:0!important}
body{margin:0;padding:4px 1px;display:flow-root;overflow-wrap:anywhere}
:root[data-look=dark]{color-scheme:dark;background:#121b23;color:#e8eef3}
:root[data-look=inverted]{color-scheme:dark;background:transparent;filter:invert(.92) hue-rotate(180deg)}
:root[data-look=inverted] img,:root[data-look=inverted] [background]{filter:invert(1) hue-rotate(180deg)}
img{max-width:100%}img:is([width],[height]):not([src^="data:image/svg"]){height:auto}img[src^="data:image/svg+xml,"]{object-fit:scale-down;border-radius:4px;background:rgb(128 154 173/.12)}img[height]:not([width]){max-height:none}
::highlight(found-words){background:#ffe08a;color:#13212f}:root[data-look=dark]::highlight(found-words),:root[data-look=dark] ::highlight(found-words){background:#6b5200;color:#fff8e1}
a{color:#0b5e8e}:root[data-look=dark] a{color:#6cbdec}
blockquote{margin:.5em 0;padding-inline-start:.9em;border-inline-start:3px solid #b9c7d3;color:inherit}
pre{white-space:pre-wrap;font-family:ui-monospace,"Noto Sans Mono",monospace}
.misleading-link{outline:2px dashed #c65b00;outline-offset:1px}
@media print{:root{overflow:visible}}
`

/** Keeps the frame as high as what is in it. */
function followHeight(frame: HTMLIFrameElement, inside: Document): () => void {
  let growths = 0
  const fit = () => {
    const root = inside.documentElement
    const scrollbar = Math.max(0, frame.clientHeight - root.clientHeight)
    const content = Math.max(root.getBoundingClientRect().height, inside.body.scrollHeight)
    const height = Math.min(maxHeightPx, Math.ceil(content + scrollbar))
    const now = frame.clientHeight
    if (height === now || (height > now && growths++ > maxGrowths)) return
    frame.style.height = `${height}px`
  }
  const observer = new ResizeObserver(fit)
  observer.observe(inside.body)
  observer.observe(inside.documentElement)
  fit()
  return () => observer.disconnect()
}

const keyOf = ({ key, code, ctrlKey, metaKey, altKey, shiftKey, repeat }: KeyboardEvent) => ({
  key,
  code,
  ctrlKey,
  metaKey,
  altKey,
  shiftKey,
  repeat,
})

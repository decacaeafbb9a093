// The pages of a PDF below one another, each drawn when it comes near and forgotten when it is far. Over the picture of a page lie its words,
// unseen, to be read out, found and copied.

import { useEffect, useRef, useState } from 'react'
import { useText } from '../../shell/i18n.ts'
import { Spinner } from '../../ui/spinner.tsx'
import styles from './file-viewer.module.css'
import { NotShown } from './not-shown.tsx'
import { openPdf, type PDFDocumentProxy, type PDFPageProxy, TextLayer } from './pdf-document.ts'
import pageStyles from './pdf-view.module.css'
import type { ShownFile } from './shown-file.ts'

const maxPageWidthPx = 900
/** No browser draws on much more. */
const maxCanvasDots = 16_000_000

interface Opened {
  readonly document: PDFDocumentProxy
  /** Height by width of the first page: what the others are taken for until they are there. */
  readonly shape: number
}

export default function PdfView({ file, zoom }: { readonly file: ShownFile; readonly zoom: number }) {
  const t = useText('viewer')
  const [opened, setOpened] = useState<Opened | 'failed' | 'locked' | null>(null)
  const frame = useRef<HTMLElement>(null)
  const [room, setRoom] = useState(0)

  useEffect(() => {
    let isWanted = true
    const pdf = openPdf(file.url)
    const look = async (): Promise<Opened | 'locked'> => {
      const document = await pdf.document
      if (document === 'locked') return document
      const { width, height } = (await document.getPage(1)).getViewport({ scale: 1 })
      return { document, shape: height / width }
    }
    look().then(
      (found) => isWanted && setOpened(found),
      () => isWanted && setOpened('failed'),
    )
    return () => {
      isWanted = false
      pdf.close()
    }
  }, [file.url])

  const isShown = opened !== null && typeof opened === 'object'
  useEffect(() => {
    const element = frame.current
    if (!isShown || !element) return
    const observer = new ResizeObserver(() => setRoom(element.clientWidth))
    observer.observe(element)
    return () => observer.disconnect()
  }, [isShown])

  if (opened === null) return <Spinner label={t('loading')} />
  if (opened === 'failed' || opened === 'locked') return <NotShown file={file} why={opened} />
  const { document, shape } = opened
  const width = Math.floor(Math.min(maxPageWidthPx, room - 24) * zoom)
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <section ref={frame} className={styles.scroll} tabIndex={0} dir="ltr" aria-label={file.name}>
      {width > 0
        ? Array.from({ length: document.numPages }, (_, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: pages never move
            <Page key={at} document={document} number={at + 1} width={width} shape={shape} />
          ))
        : null}
    </section>
  )
}

interface PageProps {
  readonly document: PDFDocumentProxy
  readonly number: number
  readonly width: number
  readonly shape: number
}

function Page({ document, number, width, shape }: PageProps) {
  const t = useText('viewer')
  const element = useRef<HTMLDivElement>(null)
  const canvas = useRef<HTMLCanvasElement>(null)
  const words = useRef<HTMLDivElement>(null)
  const [isNear, setNear] = useState(false)
  const [hasFailed, setFailed] = useState(false)
  const [ownShape, setShape] = useState(shape)

  useEffect(() => {
    if (!element.current) return
    const observer = new IntersectionObserver(([entry]) => setNear(entry?.isIntersecting ?? false), {
      root: element.current.parentElement,
      rootMargin: '100% 0px',
    })
    observer.observe(element.current)
    return () => observer.disconnect()
  }, [])

  useEffect(() => {
    if (!isNear || !canvas.current || !words.current) return
    const drawing = draw(document.getPage(number), width, canvas.current, words.current, setShape)
    drawing.done.catch(() => drawing.isWanted() && setFailed(true))
    return drawing.stop
  }, [document, number, width, isNear])

  return (
    // biome-ignore lint/a11y/useSemanticElements: a page of a document is no fieldset
    <div
      ref={element}
      role="group"
      className={pageStyles.page}
      style={{ inlineSize: width, blockSize: width * ownShape }}
      aria-label={t('page', { page: number, count: document.numPages })}
    >
      {hasFailed ? <p className={pageStyles.failed}>{t('pageFailed')}</p> : null}
      {isNear ? (
        <>
          <canvas ref={canvas} aria-hidden />
          <div ref={words} className={pageStyles.words} />
        </>
      ) : null}
    </div>
  )
}

function draw(
  asked: Promise<PDFPageProxy>,
  width: number,
  canvas: HTMLCanvasElement,
  words: HTMLElement,
  onShape: (shape: number) => void,
) {
  let isWanted = true
  let cancel = () => {}
  const run = async () => {
    const page = await asked
    if (!isWanted) return
    const whole = page.getViewport({ scale: 1 })
    onShape(whole.height / whole.width)
    const scale = width / whole.width
    const density = Math.min(devicePixelRatio, Math.sqrt(maxCanvasDots / (width * scale * whole.height)))
    const viewport = page.getViewport({ scale: scale * density })
    canvas.width = Math.floor(viewport.width)
    canvas.height = Math.floor(viewport.height)
    const task = page.render({ canvas, viewport })
    const layer = new TextLayer({
      textContentSource: page.streamTextContent(),
      container: words,
      viewport: page.getViewport({ scale }),
    })
    cancel = () => {
      task.cancel()
      layer.cancel()
    }
    words.replaceChildren()
    words.style.setProperty('--total-scale-factor', String(scale))
    await Promise.all([task.promise, layer.render()])
  }
  return {
    done: run(),
    isWanted: () => isWanted,
    stop: () => {
      isWanted = false
      cancel()
    },
  }
}

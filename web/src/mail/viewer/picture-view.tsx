// A picture, as large as there is room and enlarged from there, with its middle where it was. An SVG is fetched and shown from a blob: as the
// source of an <img> it has no script, no link and no file but itself (https://www.w3.org/TR/SVG2/conform.html#secure-static-mode).

import { useEffect, useLayoutEffect, useRef, useState } from 'react'
import { useText } from '../../shell/i18n.ts'
import { Spinner } from '../../ui/spinner.tsx'
import styles from './file-viewer.module.css'
import { NotShown } from './not-shown.tsx'
import type { ShownFile } from './shown-file.ts'

export interface PictureViewProps {
  readonly file: ShownFile
  /** 1: whole. */
  readonly zoom: number
  readonly onToggleZoom: () => void
}

export function PictureView({ file, zoom, onToggleZoom }: PictureViewProps) {
  const t = useText('viewer')
  const source = useSource(file)
  const [hasFailed, setFailed] = useState(false)
  const frame = useRef<HTMLDivElement>(null)
  const [natural, setNatural] = useState<{ readonly width: number; readonly height: number } | null>(null)
  const [room, setRoom] = useState({ width: 0, height: 0 })
  const middle = useRef({ x: 0.5, y: 0.5 })

  const isReady = source !== 'failed' && !hasFailed
  useEffect(() => {
    const element = frame.current
    if (!element || !isReady) return
    const observer = new ResizeObserver(() => setRoom({ width: element.clientWidth, height: element.clientHeight }))
    observer.observe(element)
    return () => observer.disconnect()
  }, [isReady])

  // biome-ignore lint/correctness/useExhaustiveDependencies: the picture has another size
  useLayoutEffect(() => {
    const element = frame.current
    if (!element) return
    element.scrollLeft = middle.current.x * element.scrollWidth - element.clientWidth / 2
    element.scrollTop = middle.current.y * element.scrollHeight - element.clientHeight / 2
  }, [zoom])

  if (!isReady) return <NotShown file={file} why="failed" />
  const fitted = natural && Math.min(1, room.width / natural.width, room.height / natural.height)
  const width = natural && fitted ? Math.max(1, natural.width * fitted * zoom) : undefined
  return (
    <div
      ref={frame}
      className={styles.picture}
      dir="ltr"
      tabIndex={zoom > 1 ? 0 : undefined}
      onScroll={({
        currentTarget: { scrollLeft, scrollTop, clientWidth, clientHeight, scrollWidth, scrollHeight },
      }) => {
        middle.current = {
          x: (scrollLeft + clientWidth / 2) / scrollWidth,
          y: (scrollTop + clientHeight / 2) / scrollHeight,
        }
      }}
    >
      {natural ? null : <Spinner label={t('loading')} />}
      {source === null ? null : (
        // biome-ignore lint/a11y/useKeyWithClickEvents: + and - do the same
        <img
          src={source}
          alt={file.name}
          className={zoom > 1 ? styles.isLarge : undefined}
          style={natural ? { inlineSize: width } : { display: 'none' }}
          onClick={onToggleZoom}
          onLoad={({ currentTarget: { naturalWidth, naturalHeight } }) =>
            // An SVG may have no size of its own.
            setNatural({ width: naturalWidth || 600, height: naturalHeight || 400 })
          }
          onError={() => setFailed(true)}
        />
      )}
    </div>
  )
}

/** Where the <img> has it from; null while it is fetched. */
function useSource({ url, kind }: ShownFile): string | 'failed' | null {
  const [drawing, setDrawing] = useState<string | 'failed' | null>(null)
  useEffect(() => {
    if (kind !== 'drawing') return
    const asked = new AbortController()
    let made: string | undefined
    fetchDrawing(url, asked.signal).then(
      (blob) => {
        if (asked.signal.aborted) return
        made = URL.createObjectURL(blob)
        setDrawing(made)
      },
      () => asked.signal.aborted || setDrawing('failed'),
    )
    return () => {
      asked.abort()
      if (made) URL.revokeObjectURL(made)
    }
  }, [url, kind])
  return kind === 'drawing' ? drawing : url
}

async function fetchDrawing(url: string, signal: AbortSignal): Promise<Blob> {
  const response = await fetch(url, { signal })
  if (!response.ok) throw new Error(`HTTP ${response.status}`)
  return new Blob([await response.arrayBuffer()], { type: 'image/svg+xml' })
}

// Attachments over the whole window, one after the other. Nothing of a file is run: pictures are <img>, SVG among them; HTML is shown as the
// text it is written in; a PDF is drawn by PDF.js, without its scripts, links and forms. Sound and film are the browser's own players.

import { ChevronLeft, ChevronRight, Download, X, ZoomIn, ZoomOut } from 'lucide-react'
import { lazy, Suspense, useEffect, useRef, useState } from 'react'
import { Dialog } from 'react-aria-components/Dialog'
import { Heading } from 'react-aria-components/Heading'
import { Modal, ModalOverlay } from 'react-aria-components/Modal'
import { useText } from '../../shell/i18n.ts'
import { patiently } from '../../shell/patiently.ts'
import { IconButton } from '../../ui/icon-button.tsx'
import { Spinner } from '../../ui/spinner.tsx'
import { FileIcon, showSize } from '../read/file-looks.tsx'
import styles from './file-viewer.module.css'
import { MediaView } from './media-view.tsx'
import { NotShown } from './not-shown.tsx'
import { PictureView } from './picture-view.tsx'
import { isTooLarge, type ShownFile } from './shown-file.ts'
import { TextView } from './text-view.tsx'

const PdfView = lazy(() => patiently(() => import('./pdf-view.tsx')))

export interface FileViewerProps {
  readonly files: readonly ShownFile[]
  readonly startId: string
  readonly onClose: () => void
}

const zooms = [1, 1.5, 2, 3, 4, 6, 8] as const

export default function FileViewer({ files, startId, onClose }: FileViewerProps) {
  const t = useText('viewer')
  const [at, setAt] = useState(() =>
    Math.max(
      0,
      files.findIndex(({ id }) => id === startId),
    ),
  )
  const [zoomStep, setZoomStep] = useState(0)
  const overlay = useRef<HTMLDivElement>(null)
  // What had the focus may have gone with the file before, or can no longer be pressed: then keys would be nobody's.
  // biome-ignore lint/correctness/useExhaustiveDependencies: with each of these something goes
  useEffect(() => {
    const active = document.activeElement
    if (!overlay.current?.contains(active) || active?.matches(':disabled')) overlay.current?.focus()
  }, [at, zoomStep])
  const file = files[at]
  if (!file) return null
  const canZoom = ['picture', 'drawing', 'pdf'].includes(file.kind) && !isTooLarge(file)
  const zoom = canZoom ? zooms[zoomStep]! : 1

  const go = (steps: number) => {
    if (!files[at + steps]) return
    setAt(at + steps)
    setZoomStep(0)
  }
  const zoomBy = (steps: number) => canZoom && setZoomStep(Math.min(zooms.length - 1, Math.max(0, zoomStep + steps)))
  const download = () => overlay.current?.querySelector<HTMLAnchorElement>('a[download]')?.click()

  const onKeyDown = (event: React.KeyboardEvent) => {
    // The list and the message behind it have keys of their own, which are not meant now. Tab and Escape are the dialog's.
    if (event.key === 'Tab' || event.key === 'Escape') return
    event.stopPropagation()
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const isOfThePlayer = event.target instanceof HTMLMediaElement
    const onward = document.documentElement.dir === 'rtl' ? -1 : 1
    const acts: Record<string, (() => void) | undefined> = {
      // What is larger than the window is moved by these keys, and a player winds by them.
      ArrowLeft: zoom > 1 || isOfThePlayer ? undefined : () => go(-onward),
      ArrowRight: zoom > 1 || isOfThePlayer ? undefined : () => go(onward),
      k: () => go(-1),
      j: () => go(1),
      '+': () => zoomBy(1),
      '=': () => zoomBy(1),
      '-': () => zoomBy(-1),
      '0': () => setZoomStep(0),
      d: download,
    }
    const act = acts[event.key]
    if (!act) return
    event.preventDefault()
    act()
  }

  return (
    <ModalOverlay className={styles.overlay} isOpen onOpenChange={(isOpen) => isOpen || onClose()}>
      <Modal className={styles.modal}>
        <Dialog className={styles.dialog}>
          {/* biome-ignore lint/a11y/noStaticElementInteractions: keys for whatever has the focus inside */}
          <div className={styles.viewer} ref={overlay} tabIndex={-1} onKeyDown={onKeyDown}>
            <header className={styles.header}>
              <FileIcon type={file.type} />
              <div className={styles.words} aria-live="polite">
                <Heading slot="title" className={styles.name}>
                  <bdi>{file.name}</bdi>
                </Heading>
                <span className={styles.about}>
                  {files.length > 1 ? <bdi>{t('fileOf', { at: at + 1, count: files.length })}</bdi> : null}
                  {files.length > 1 ? ' · ' : null}
                  <bdi>{showSize(file.size)}</bdi>
                </span>
              </div>
              {canZoom ? (
                <div className={styles.zoom}>
                  <IconButton
                    label={t('zoomOut')}
                    shortcut="-"
                    icon={<ZoomOut size={18} aria-hidden />}
                    isDisabled={zoomStep === 0}
                    onPress={() => zoomBy(-1)}
                  />
                  <IconButton
                    label={t('zoomIn')}
                    shortcut="+"
                    icon={<ZoomIn size={18} aria-hidden />}
                    isDisabled={zoomStep === zooms.length - 1}
                    onPress={() => zoomBy(1)}
                  />
                </div>
              ) : null}
              <a
                className={styles.download}
                href={file.url}
                download={file.name}
                aria-label={t('downloadFile', { name: file.name })}
              >
                <Download size={18} aria-hidden />
              </a>
              <IconButton label={t('close')} shortcut="Esc" icon={<X size={19} aria-hidden />} onPress={onClose} />
            </header>
            <div className={styles.stage}>
              <Suspense fallback={<Spinner label={t('loading')} />}>
                <FileView
                  key={file.id}
                  file={file}
                  zoom={zoom}
                  onToggleZoom={() => setZoomStep(zoomStep === 0 ? 2 : 0)}
                />
              </Suspense>
              {files.length > 1 ? (
                <>
                  <IconButton
                    className={`${styles.step} ${styles.previous}`}
                    label={t('previousFile')}
                    shortcut="k"
                    icon={<ChevronLeft size={22} aria-hidden />}
                    isDisabled={at === 0}
                    onPress={() => go(-1)}
                  />
                  <IconButton
                    className={`${styles.step} ${styles.next}`}
                    label={t('nextFile')}
                    shortcut="j"
                    icon={<ChevronRight size={22} aria-hidden />}
                    isDisabled={at === files.length - 1}
                    onPress={() => go(1)}
                  />
                </>
              ) : null}
            </div>
          </div>
        </Dialog>
      </Modal>
    </ModalOverlay>
  )
}

interface FileViewProps {
  readonly file: ShownFile
  readonly zoom: number
  readonly onToggleZoom: () => void
}

function FileView({ file, zoom, onToggleZoom }: FileViewProps) {
  if (isTooLarge(file)) return <NotShown file={file} why="tooLarge" />
  switch (file.kind) {
    case 'picture':
    case 'drawing':
      return <PictureView file={file} zoom={zoom} onToggleZoom={onToggleZoom} />
    case 'pdf':
      return <PdfView file={file} zoom={zoom} />
    case 'text':
      return <TextView file={file} />
    case 'audio':
    case 'video':
      return <MediaView file={file} />
    case 'other':
      return <NotShown file={file} why="otherKind" />
  }
}

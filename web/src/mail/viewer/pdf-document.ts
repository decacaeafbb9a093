// PDF.js (docs/adr/2026-12-01-attachments.md), whose parser runs in a worker. Its tables of characters, fonts and decoders lie beside our own
// files (web/vite.config.ts). No WebAssembly, which our CSP does not let run; no scripts, no XFA.

import {
  GlobalWorkerOptions,
  getDocument,
  PasswordException,
  type PDFDocumentProxy,
  version,
} from 'pdfjs-dist/legacy/build/pdf.mjs'
import workerUrl from 'pdfjs-dist/legacy/build/pdf.worker.min.mjs?url'

export { type PDFDocumentProxy, type PDFPageProxy, type RenderTask, TextLayer } from 'pdfjs-dist/legacy/build/pdf.mjs'

GlobalWorkerOptions.workerSrc = workerUrl

/** A page of a picture with more dots than this would be a bomb. */
const maxImageDots = 100_000_000

export interface OpenPdf {
  readonly document: Promise<PDFDocumentProxy | 'locked'>
  close(): void
}

export function openPdf(url: string): OpenPdf {
  const parts = `${location.origin}/assets/pdfjs-${version}`
  const task = getDocument({
    url,
    cMapUrl: `${parts}/cmaps/`,
    cMapPacked: true,
    standardFontDataUrl: `${parts}/standard_fonts/`,
    wasmUrl: `${parts}/wasm/`,
    useWasm: false,
    // A font that is not in the document looks the same on every machine.
    useSystemFonts: false,
    enableXfa: false,
    maxImageSize: maxImageDots,
    // The pages that are looked at, as they are, instead of all of it.
    disableAutoFetch: true,
  })
  const document = task.promise.catch((error: unknown) => {
    if (error instanceof PasswordException) return 'locked' as const
    throw error
  })
  return { document, close: () => void task.destroy() }
}

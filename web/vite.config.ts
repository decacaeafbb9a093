// How web/dist is made. No inline script or style in the document: the server's CSP allows none.

import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin } from 'vite'

/**
 * What PDF.js fetches by name while it reads a document (web/src/mail/viewer/pdf-document.ts): character maps, the fonts that every PDF may take for
 * granted, decoders of pictures in plain JavaScript; with their licences. The version in the path is what a hash is to other files.
 */
function pdfParts(): Plugin {
  const manifest = createRequire(import.meta.url).resolve('pdfjs-dist/package.json')
  const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }
  const wanted = {
    cmaps: /./,
    standard_fonts: /./,
    wasm: /_nowasm_fallback\.js$|^LICENSE_(?:PDFJS_)?(?:JBIG2|OPENJPEG)$/,
  }
  return {
    name: 'pdf-parts',
    generateBundle() {
      for (const [folder, names] of Object.entries(wanted)) {
        const from = join(dirname(manifest), folder)
        for (const file of readdirSync(from)) {
          if (!names.test(file)) continue
          const fileName = `assets/pdfjs-${version}/${folder}/${file}`
          this.emitFile({ type: 'asset', fileName, source: readFileSync(join(from, file)) })
        }
      }
    },
  }
}

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react(), pdfParts()],
  css: { modules: { generateScopedName: '[hash:base64:6]' } },
  build: {
    target: 'baseline-widely-available',
    outDir: 'dist',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1_000,
    manifest: 'manifest.json',
    rolldownOptions: {
      output: {
        // What the inbox needs is two files, one of which changes only with the libraries; not a file for each icon.
        codeSplitting: {
          groups: [
            { name: 'libraries', tags: ['$initial'], test: /node_modules/, priority: 2 },
            { name: 'start', tags: ['$initial'], priority: 1 },
          ],
        },
      },
    },
  },
})

// Bundles the harness page and serves it on a free port, under the CSP that the real pages have.

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'

export interface Harness {
  readonly origin: string
  readonly url: string
  close(): void
}

const policy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' blob: data:; base-uri 'none'; form-action 'none'"

/** Without a policy it is seen what parsing alone would do. */
export async function serveHarness({ hasPolicy = true } = {}): Promise<Harness> {
  const entry = fileURLToPath(new URL('./main.tsx', import.meta.url))
  const result = await build({
    configFile: false,
    logLevel: 'error',
    root: fileURLToPath(new URL('.', import.meta.url)),
    define: { 'process.env.NODE_ENV': '"production"' },
    build: {
      write: false,
      minify: false,
      lib: { entry, formats: ['es'], fileName: () => 'main.js', cssFileName: 'main' },
    },
  })
  const outputs = (Array.isArray(result) ? result : [result]).flatMap((one) => ('output' in one ? one.output : []))
  const files = new Map(
    outputs.map((file) => [
      `/${file.fileName}`,
      file.type === 'chunk' ? file.code : Buffer.from(file.source).toString(),
    ]),
  )
  const css = [...files.keys()].filter((name) => name.endsWith('.css'))
  const page = `<!doctype html><html><head><meta charset="utf-8">${css.map((name) => `<link rel="stylesheet" href="${name}">`).join('')}<script type="module" src="/main.js"></script></head><body><div id="app"></div></body></html>`
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://x').pathname
    const body = path === '/' ? page : files.get(path)
    const type = path.endsWith('.js') ? 'text/javascript' : path.endsWith('.css') ? 'text/css' : 'text/html'
    response.writeHead(body === undefined ? 404 : 200, {
      'content-type': `${type}; charset=utf-8`,
      ...(hasPolicy ? { 'content-security-policy': policy } : {}),
    })
    response.end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    origin,
    url: `${origin}/`,
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

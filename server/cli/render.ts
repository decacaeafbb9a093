// `paquebot render WHAT --topology FILE [--host NAME]`: prints a configuration for the machines of a topology file, and writes nothing.

import { parseArgs } from 'node:util'
import { BadConfig } from '#config/load.ts'
import { renderCompose } from './render/compose.ts'
import { renderHaproxy } from './render/haproxy.ts'
import { renderKeepalived } from './render/keepalived.ts'
import { renderKubernetes } from './render/kubernetes.ts'
import { renderMariadb, renderMariadbScript, renderMariadbSystemd } from './render/mariadb.ts'
import { renderNginx } from './render/nginx.ts'
import { renderSystemd } from './render/systemd.ts'
import { loadTopology, type Topology } from './render/topology.ts'

const renderers: Readonly<Record<string, (topology: Topology, host: string) => string>> = {
  haproxy: renderHaproxy,
  nginx: renderNginx,
  keepalived: renderKeepalived,
  mariadb: renderMariadb,
  'mariadb-script': renderMariadbScript,
  'mariadb-systemd': renderMariadbSystemd,
  systemd: renderSystemd,
  compose: renderCompose,
  kubernetes: renderKubernetes,
}

/** Throws BadConfig: what is wrong with the command line or the file. */
export function runRender(args: readonly string[]): string {
  const wrong = (what: string) => new BadConfig([{ where: 'command line', what }])
  let parsed: { readonly values: { topology?: string; host?: string }; readonly positionals: readonly string[] }
  try {
    const options = { topology: { type: 'string' }, host: { type: 'string' } } as const
    parsed = parseArgs({ args: [...args], options, allowPositionals: true, strict: true })
  } catch (error) {
    throw wrong((error as Error).message)
  }
  const [name = '', ...more] = parsed.positionals
  const render = Object.hasOwn(renderers, name) ? renderers[name] : undefined
  if (!render || more.length > 0) throw wrong(`render one of ${Object.keys(renderers).join(', ')}`)
  if (parsed.values.topology === undefined) throw wrong('render needs --topology FILE')
  return render(loadTopology(parsed.values.topology), parsed.values.host ?? '')
}

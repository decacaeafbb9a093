// `paquebot [COMMAND] [OPTION …]`: reads the command and hands over; no rule stands here.

import { readFileSync } from 'node:fs'
import { optionsHelp, readOptions } from '#cli/options.ts'
import { BadConfig } from '#config/load.ts'
import { Failure } from '#core/errors.ts'

const commands = ['serve', 'migrate', 'sql', 'blob', 'config', 'keys', 'node', 'render'] as const

const help = `paquebot: webmail and JMAP server in front of your IMAP and SMTP servers

  paquebot [serve] [OPTION …]      serve until SIGTERM or Ctrl-C
  paquebot migrate [status|plan|apply]  database migrations: what ran, what is pending; run what is pending
  paquebot sql check               what the database servers can and cannot promise
  paquebot blob [stores|check|repair|…]  the stores of uploads: fill, drain, retire, compare; paquebot blob help
  paquebot config [check|print]    tell all faults of the configuration; show what differs from the defaults
  paquebot node [list|status|drain|undrain] [NAME]  the nodes of the cluster; node help has options and exit codes
  paquebot render WHAT --topology FILE  print the configuration of haproxy, nginx, keepalived, mariadb, systemd, compose, kubernetes
  paquebot keys [list|new]         the keys of the ring and who has them; print a line for a new ring
  paquebot keys add|use ID|retire ID  rotate them without signing anybody out (docs/run/sessions.md)

${optionsHelp}
  --help, --version
`

async function main(args: readonly string[]): Promise<number> {
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(help)
    return 0
  }
  if (args.includes('--version')) {
    const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
    process.stdout.write(`${version}\n`)
    return 0
  }
  const command = args[0] === undefined || args[0].startsWith('-') ? 'serve' : args[0]
  if (!commands.includes(command as (typeof commands)[number])) {
    process.stderr.write(`there is no command ${command}; paquebot --help lists them\n`)
    return 64
  }
  const rest = args[0] === command ? args.slice(1) : args
  const verb = rest[0] !== undefined && !rest[0].startsWith('-') ? rest[0] : null
  const config = () => readOptions(verb === null ? rest : rest.slice(1), process.env)
  switch (command) {
    case 'keys': {
      const { runKeys } = await import('#cli/keys.ts')
      const from = rest.findIndex((word) => word.startsWith('-'))
      const words = from < 0 ? rest : rest.slice(0, from)
      const options = () => readOptions(rest.slice(words.length), process.env)
      return runKeys(words, options, Date.now(), (line) => process.stdout.write(`${line}\n`))
    }
    case 'node': {
      const { nodeHelp, readNodeCommand, runNode } = await import('#cli/node.ts')
      const read = readNodeCommand(rest)
      if (!read) {
        process.stderr.write(nodeHelp)
        return verb === 'help' ? 0 : 64
      }
      return runNode(readOptions(read.rest, process.env), read.command, (line) => process.stdout.write(`${line}\n`))
    }
    case 'render': {
      const { runRender } = await import('#cli/render.ts')
      process.stdout.write(runRender(rest))
      return 0
    }
    case 'config': {
      const { printConfig } = await import('#cli/config.ts')
      const loaded = config()
      const { checkSharedParts } = await import('#boot/shared-parts.ts')
      checkSharedParts(loaded)
      const { checkPlugins } = await import('#boot/plugins.ts')
      await checkPlugins(loaded)
      const { openBranding } = await import('#boot/branding.ts')
      await openBranding(loaded)
      process.stdout.write(verb === 'print' ? printConfig(loaded) : 'the configuration is sound\n')
      return 0
    }
    case 'sql': {
      const { runSql } = await import('#cli/sql.ts')
      return runSql(config(), verb ?? 'check', (line) => process.stdout.write(`${line}\n`))
    }
    case 'blob': {
      const { blobHelp, readBlobCommand, runBlob } = await import('#cli/blob.ts')
      const read = readBlobCommand(rest)
      if (!read) {
        process.stderr.write(blobHelp)
        return verb === 'help' ? 0 : 64
      }
      const { openLog } = await import('#boot/log.ts')
      const loaded = readOptions(read.rest, process.env)
      const print = (line: string) => process.stdout.write(`${line}\n`)
      const tell = (line: string) => process.stderr.write(`${line}\n`)
      const stop = new AbortController()
      process.once('SIGINT', () => stop.abort())
      // What goes to stdout is for scripts: the log has only what went wrong, on stderr.
      const log = openLog('warn', process.stderr)
      return runBlob({ config: loaded, log, print, tell, signal: stop.signal }, read.command)
    }
    case 'migrate': {
      const { runMigrate } = await import('#cli/migrate.ts')
      return runMigrate(config(), verb ?? 'status', (line) => process.stdout.write(`${line}\n`))
    }
    default: {
      const { serve } = await import('#cli/serve.ts')
      return serve(config())
    }
  }
}

// Node 26.10 may spin for ever in its own clean-up (CleanupHandles) when TLS connections were given up, though all is closed and done.
process.once('exit', () => process.exit())

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  if (!(error instanceof BadConfig || error instanceof Failure)) throw error
  const told =
    error instanceof BadConfig
      ? error.message
      : `${error.code} ${JSON.stringify(error.detail)}${error.cause instanceof Error ? `: ${error.cause.message}` : ''}`
  process.stderr.write(`${told}\n`)
  // sysexits.h: EX_CONFIG, EX_UNAVAILABLE.
  process.exitCode = error instanceof BadConfig ? 78 : 69
}

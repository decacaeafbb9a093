// The client parts of plugins that the server names in the session (docs/jmap-extensions.md): fetched when first asked, together, once. One
// that cannot be loaded or throws is as if it were not there, and says so in the console.

import type { DraftToSend, SendQuestion, WebParts, WebPlugin } from '#plugin-api/web.ts'
import { capabilities } from '#shared/jmap/core.ts'
import type { PluginPart } from '#shared/jmap/settings.ts'
import type { JmapClient } from '../jmap/client.ts'

const loaded = new Map<string, Promise<WebParts | null>>()

/** What the session names; none for most servers. */
export function pluginParts({ session }: Pick<JmapClient, 'session'>): readonly PluginPart[] {
  const { plugins } = (session.capabilities[capabilities.paquebot] ?? {}) as {
    readonly plugins?: readonly PluginPart[]
  }
  return plugins ?? []
}

/** The first question that a plugin has; null when none has one. */
export async function askBeforeSend(
  client: Pick<JmapClient, 'session'>,
  draft: DraftToSend,
  language: string,
): Promise<SendQuestion | null> {
  for (const part of pluginParts(client)) {
    try {
      const question = (await load(part, language))?.beforeSend?.(draft)
      if (question) return question
    } catch (error) {
      console.error(`plugin ${part.name}`, error)
    }
  }
  return null
}

function load(part: PluginPart, language: string): Promise<WebParts | null> {
  const known = loaded.get(part.url)
  if (known) return known
  const loading = open(part, language).catch((error: unknown) => {
    console.error(`plugin ${part.name}`, error)
    // Asked for again the next time: the network may have been away.
    loaded.delete(part.url)
    return null
  })
  loaded.set(part.url, loading)
  return loading
}

async function open({ name, url, settings }: PluginPart, language: string): Promise<WebParts> {
  const module = (await import(/* @vite-ignore */ url)) as { readonly default: WebPlugin }
  return module.default({ name, settings, language })
}

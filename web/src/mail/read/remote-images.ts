// Whether a message's remote pictures are shown, and under which URLs: its own proxy's, signed for this session.

import { useCallback, useEffect, useMemo, useState } from 'react'
import { csrfToken } from '../../jmap/auth.ts'
import { useSetting } from '../../settings/account-settings.ts'
import { useStore } from '../../store/index.ts'
import { blockedPicture } from '../sanitize/blocked-picture.ts'
import type { ImageSources } from '../sanitize/sanitize-html.ts'
import { inlineImages, type Message } from './load-message.ts'

const signedAtOnce = 500

export interface RemoteImages {
  readonly sources: ImageSources
  /** There is something that is not shown. */
  readonly isBlocked: boolean
  readonly hasFailed: boolean
  readonly onBlocked: (urls: ReadonlySet<string>) => void
  readonly showOnce: () => void
  /** Null when the sender cannot be trusted by address: none, or the message is junk. */
  readonly showAlways: (() => void) | null
}

export function useRemoteImages(message: Message, isSuspicious: boolean): RemoteImages {
  const { client } = useStore()
  const [setting, changeSetting] = useSetting('remote-content')
  const [isShownOnce, setShownOnce] = useState(false)
  const [blocked, setBlocked] = useState<ReadonlySet<string>>(new Set())
  const [proxied, setProxied] = useState<ReadonlyMap<string, string>>(new Map())
  const [hasFailed, setFailed] = useState(false)
  const inline = useMemo(() => inlineImages(client, message), [client, message])
  const sources = useMemo(() => ({ inline, proxied, placeholder: blockedPicture }), [inline, proxied])

  const sender = message.from?.[0]?.email.toLowerCase() ?? ''
  const isTrusted =
    !isSuspicious && (setting.mode === 'always' || (setting.mode === 'ask' && Object.hasOwn(setting.senders, sender)))
  const isAllowed = isShownOnce || isTrusted

  useEffect(() => {
    if (!isAllowed || blocked.size === 0) return
    let isWanted = true
    signImages([...blocked]).then(
      (signed) => {
        if (!isWanted) return
        setProxied((before) => new Map([...before, ...signed]))
        setBlocked(new Set())
      },
      () => isWanted && setFailed(true),
    )
    return () => {
      isWanted = false
    }
  }, [isAllowed, blocked])

  return {
    sources,
    isBlocked: !isAllowed && blocked.size > 0,
    hasFailed,
    onBlocked: useCallback((urls) => {
      // The frame tells after each pass; the same again must not start another.
      setBlocked((before) => (before.size === urls.size && [...urls].every((url) => before.has(url)) ? before : urls))
    }, []),
    showOnce: () => {
      setFailed(false)
      setShownOnce(true)
    },
    showAlways:
      sender === '' || isSuspicious
        ? null
        : () => {
            setShownOnce(true)
            changeSetting({ senders: { [sender]: true } }).catch(() => setFailed(true))
          },
  }
}

async function signImages(urls: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const signed = new Map<string, string>()
  for (let start = 0; start < urls.length; start += signedAtOnce) {
    const some = urls.slice(start, start + signedAtOnce)
    const response = await fetch('/proxy/sign', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-csrf-token': csrfToken() },
      body: JSON.stringify({ urls: some }),
    })
    if (!response.ok) throw new Error(`HTTP ${response.status}`)
    const { images } = (await response.json()) as { images: readonly string[] }
    some.forEach((url, at) => {
      signed.set(url, new URL(images[at] ?? '', location.origin).href)
    })
  }
  return signed
}

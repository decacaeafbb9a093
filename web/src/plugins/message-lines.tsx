// What plugins say of an open message, above its text.

import { useEffect, useState } from 'react'
import type { EmailGiven, View } from '#plugin-api/web.ts'
import { useStore } from '../store/index.ts'
import { askPart, askQuietly } from './ask-part.ts'
import { type Part, partsAt } from './places.ts'
import { emailsFor } from './read-given.ts'
import { ViewLine } from './view-line.tsx'

export default function MessageLines({ emailId }: { readonly emailId: string }) {
  const { client } = useStore()
  return partsAt(client, 'messageLine').map((part) => <Line key={part.name} part={part} emailId={emailId} />)
}

function Line({ part, emailId }: { readonly part: Part<'messageLine'>; readonly emailId: string }) {
  const { client, refresh } = useStore()
  const [shown, setShown] = useState<{ readonly email: EmailGiven; readonly view: View } | null>(null)
  // biome-ignore lint/correctness/useExhaustiveDependencies: the part is made anew with each render; its name and code say whether it is another
  useEffect(() => {
    let isGone = false
    const read = async () => {
      const [email] = await emailsFor(client, [emailId], part.declared.reads)
      const view = email ? await askQuietly(client, part, 'messageLine', { email, pressed: null }) : null
      if (!isGone) setShown(email && view ? { email, view } : null)
    }
    // The message is there without it; the banner tells of a lost connection.
    read().catch((error: unknown) => console.warn('plugin line', error))
    return () => {
      isGone = true
    }
  }, [client, emailId, part.name, part.url])

  if (!shown) return null
  const { email } = shown
  const press = async (pressed: string) => {
    const view = await askPart(client, part, 'messageLine', { email, pressed })
    setShown(view && { email, view })
    await refresh()
  }
  return <ViewLine view={shown.view} onPress={press} />
}

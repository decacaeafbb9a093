// What a message carries besides its text that is more than a file: invitations and contacts, each as a card. Loaded with the first of them.

import { useEffect, useState } from 'react'
import { useStore } from '../../store/index.ts'
import type { Message, MessagePart } from '../read/load-message.ts'
import { decodeText } from '../viewer/decode-text.ts'
import styles from './cards.module.css'
import { ContactCard } from './contact-card.tsx'
import { EventCard } from './event-card.tsx'
import { type Contact, readContacts } from './read-contacts.ts'
import { type CalendarPart, readCalendar } from './read-event.ts'

export interface CardsProps {
  readonly message: Message
  /** Of `message`: each a calendar or contacts. */
  readonly parts: readonly MessagePart[]
  /** Nothing may be answered: one's own, or junk. */
  readonly isClosed: boolean
}

interface Read {
  readonly text: string
  readonly calendar: CalendarPart | null
  readonly contacts: readonly Contact[]
}

/** A calendar of years is a file, no card. */
const maxBytes = 1_000_000
const maxEvents = 5

export default function Cards({ message, parts, isClosed }: CardsProps) {
  const { client } = useStore()
  const [read, setRead] = useState<readonly Read[]>([])
  useEffect(() => {
    const asked = new AbortController()
    const urls = parts
      .filter(({ blobId, size }) => blobId !== null && size <= maxBytes)
      .map((part) => ({ part, url: client.downloadUrl(part.blobId ?? '', part.name ?? 'part', part.type) }))
    Promise.all(urls.map(({ part, url }) => readPart(part, url, asked.signal))).then(
      (found) => setRead(found.filter((one) => one !== null)),
      // It is still there among the attachments.
      () => undefined,
    )
    return () => asked.abort()
  }, [client, parts])

  const seen = new Set<string>()
  return (
    <div className={styles.cards}>
      {read.flatMap(({ text, calendar, contacts }, at) => [
        ...(calendar?.events.slice(0, maxEvents) ?? []).flatMap((event, place) => {
          // The same invitation comes twice from many programs: as a part of the text, and as a file.
          const key = `${event.uid} ${event.summary} ${JSON.stringify(event.when)}`
          if (seen.has(key)) return []
          seen.add(key)
          return [
            <EventCard
              key={`${message.id} ${key}`}
              event={event}
              method={calendar?.method ?? 'publish'}
              message={message}
              source={text}
              mayAnswer={!isClosed && place === 0}
            />,
          ]
        }),
        ...contacts.map((contact, place) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: they never move
          <ContactCard key={`${at} ${place}`} contact={contact} />
        )),
      ])}
    </div>
  )
}

async function readPart(part: MessagePart, url: string, signal: AbortSignal): Promise<Read | null> {
  const response = await fetch(url, { signal })
  if (!response.ok) throw new Error(`HTTP ${response.status}`)
  const text = decodeText(new Uint8Array(await response.arrayBuffer()), part.charset, false)
  const calendar = readCalendar(text)
  const contacts = calendar ? [] : readContacts(text)
  return calendar || contacts.length > 0 ? { text, calendar, contacts } : null
}

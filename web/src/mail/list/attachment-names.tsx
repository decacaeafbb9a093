// The names of what is attached, before a row's preview. Asked for once the row is there, many rows at once: what a list needs first waits for
// none of it, and the server has the structure of listed messages at hand.

import { useEffect, useSyncExternalStore } from 'react'
import type { JmapClient } from '../../jmap/client.ts'
import type { AttachmentNamesProps } from '../../shell/screens.ts'
import { useStore } from '../../store/index.ts'
import { FileIcon } from '../read/file-looks.tsx'
import { visibleText } from '../sanitize/visible-text.ts'
import styles from './attachment-names.module.css'

interface Named {
  readonly name: string
  readonly type: string
}
interface Held {
  readonly found: Map<string, readonly Named[]>
  /** Asked for or about to be. */
  readonly asked: Set<string>
  readonly listeners: Set<() => void>
  waiting: string[]
}

const gatherMs = 30
const maxIdsPerCall = 100
const mostShown = 2
const held = new WeakMap<JmapClient, Held>()

function holdFor(client: JmapClient): Held {
  const known = held.get(client) ?? { found: new Map(), asked: new Set(), listeners: new Set(), waiting: [] }
  held.set(client, known)
  return known
}

function want(client: JmapClient, emailId: string): void {
  const entry = holdFor(client)
  if (entry.asked.has(emailId)) return
  entry.asked.add(emailId)
  if (entry.waiting.push(emailId) === 1) setTimeout(() => void ask(client, entry), gatherMs)
}

async function ask(client: JmapClient, entry: Held): Promise<void> {
  const ids = entry.waiting.splice(0)
  for (let at = 0; at < ids.length; at += maxIdsPerCall) {
    const chunk = ids.slice(at, at + maxIdsPerCall)
    try {
      const { list } = await client.call('Email/get', {
        accountId: client.accountId,
        ids: chunk,
        properties: ['attachments'],
        bodyProperties: ['name', 'type'],
      })
      for (const { id, attachments } of list)
        entry.found.set(
          id,
          (attachments ?? []).flatMap(({ name, type }) =>
            name ? [{ name: visibleText(name), type: type ?? '' }] : [],
          ),
        )
    } catch {
      // The sign that something is attached stands all the same: asked again when the row is drawn again.
      for (const id of chunk) entry.asked.delete(id)
    }
    for (const listener of entry.listeners) listener()
  }
}

export default function AttachmentNames({ emailId }: AttachmentNamesProps) {
  const { client } = useStore()
  const entry = holdFor(client)
  useEffect(() => want(client, emailId), [client, emailId])
  const names = useSyncExternalStore(
    (listener) => {
      entry.listeners.add(listener)
      return () => {
        entry.listeners.delete(listener)
      }
    },
    () => entry.found.get(emailId),
  )
  if (!names || names.length === 0) return null
  const more = names.length - mostShown
  return (
    <span className={styles.names}>
      {names.slice(0, mostShown).map(({ name, type }, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: two files may have one name
        <span key={at} className={styles.name} title={name}>
          <FileIcon type={type} size={12} />
          <bdi>{name}</bdi>
        </span>
      ))}
      {more > 0 ? <span className={styles.more}>+{more}</span> : null}
    </span>
  )
}

// One message being written: its values, the keeper that saves them, the uploads on their way, and sending.

import { useCallback, useEffect, useRef, useState, useSyncExternalStore } from 'react'
import type { Identity } from '#shared/jmap/submission.ts'
import { useSetting } from '../settings/account-settings.ts'
import { compose } from '../shell/composer.ts'
import { currentLocale, text } from '../shell/i18n.ts'
import { useStore } from '../store/index.ts'
import type { Draft, DraftAttachment } from './draft.ts'
import { openDraftKeeper } from './draft-keeper.ts'
import { claimDraft, forgetLocally, keepLocally } from './local-drafts.ts'
import { isAddress } from './parse-addresses.ts'
import { sendDraft, sendProblem, UploadsFailed } from './send-draft.ts'

export interface Upload {
  readonly id: number
  readonly name: string
  readonly type: string
  readonly size: number
  readonly sent: number
  readonly failed: 'tooLarge' | 'failed' | null
  readonly cancel: () => void
  readonly retry: () => void
}

export type SendCheck = 'noRecipients' | 'badRecipients' | 'uploadFailed'

/** Told once, whether it arrived at first or when tried again. */
type OnAttached = (attachment: DraftAttachment) => void

let nextUpload = 1

export function useComposer(initial: Draft, initialId: string | null, identities: readonly Identity[]) {
  const store = useStore()
  const { client } = store
  const [composing] = useSetting('composing')
  const [draft, setDraft] = useState(initial)
  const [uploads, setUploads] = useState<readonly Upload[]>([])
  const [isElsewhere, setElsewhere] = useState(false)
  const latest = useRef(draft)
  const running = useRef(new Set<Promise<unknown>>())
  const known = useRef(identities)
  known.current = identities

  const identityOf = useCallback(
    (one: Draft) => known.current.find(({ id }) => id === one.identityId) ?? known.current[0] ?? null,
    [],
  )
  // A composer writes one draft from its first key to its end.
  const [keeper] = useState(() =>
    openDraftKeeper(
      {
        client,
        draftsId: () => store.mailboxByRole('drafts')?.id,
        identityOf,
        local: { keep: keepLocally, forget: forgetLocally },
        now: Date.now,
      },
      initial,
      initialId,
    ),
  )
  const state = useSyncExternalStore(keeper.subscribe, keeper.state)

  // Another tab that writes the same draft has the claim: this one says so from the start.
  useEffect(() => {
    const ended = Promise.withResolvers<void>()
    void claimDraft(initial.messageId, ended.promise).then((isMine) => setElsewhere(!isMine))
    return () => ended.resolve()
  }, [initial.messageId])

  useEffect(() => {
    const leave = () => {
      if (document.visibilityState === 'hidden') void keeper.save().catch(() => {})
    }
    document.addEventListener('visibilitychange', leave)
    return () => document.removeEventListener('visibilitychange', leave)
  }, [keeper])

  const change = useCallback(
    (part: Partial<Draft>) => {
      latest.current = { ...latest.current, ...part }
      setDraft(latest.current)
      keeper.change(latest.current)
    },
    [keeper],
  )

  const upload = useCallback(
    async (file: File, cid: string | null, onDone: OnAttached): Promise<DraftAttachment | null> => {
      const id = nextUpload++
      const asked = new AbortController()
      const update = (part: Partial<Upload>) =>
        setUploads((list) => list.map((one) => (one.id === id ? { ...one, ...part } : one)))
      const remove = () => setUploads((list) => list.filter((one) => one.id !== id))
      const shown: Upload = {
        id,
        name: file.name,
        type: file.type,
        size: file.size,
        sent: 0,
        failed: null,
        cancel: () => {
          asked.abort()
          remove()
        },
        retry: () => {
          remove()
          void attach.current(file, cid, onDone)
        },
      }
      setUploads((list) => [...list, shown])
      try {
        const { blobId, type, size } = await client.upload(file, {
          signal: asked.signal,
          onProgress: (sent) => update({ sent }),
        })
        const attachment = { blobId, name: file.name || text('compose:unnamed'), type: file.type || type, size, cid }
        change({ attachments: [...latest.current.attachments, attachment] })
        remove()
        onDone(attachment)
        return attachment
      } catch (error) {
        const isTooLarge = (error as { type?: string }).type === 'requestTooLarge'
        if (!asked.signal.aborted) update({ failed: isTooLarge ? 'tooLarge' : 'failed' })
        return null
      }
    },
    [client, change],
  )
  const attach = useRef(upload)
  attach.current = (file, cid, onDone) => {
    const work = upload(file, cid, onDone)
    running.current.add(work)
    void work.finally(() => running.current.delete(work))
    return work
  }

  /** Where the picture of a Content-ID is; of the draft as it is now, not as it was last painted. */
  const urlOf = useCallback(
    (cid: string) => {
      const file = [...latest.current.attachments, ...initial.attachments].find((one) => one.cid === cid)
      return file && client.downloadUrl(file.blobId, file.name, file.type)
    },
    [client, initial.attachments],
  )

  /** What keeps the message from being sent; null when nothing does. */
  function check(): SendCheck | null {
    const recipients = [...latest.current.to, ...latest.current.cc, ...latest.current.bcc]
    if (recipients.length === 0) return 'noRecipients'
    if (!recipients.every(({ email }) => isAddress(email))) return 'badRecipients'
    return uploads.some(({ failed }) => failed !== null) ? 'uploadFailed' : null
  }

  /** Resolves when the outbox has the message; throws what sendProblem explains. */
  async function send(sendAt: Date | null): Promise<void> {
    const files = await Promise.all(running.current)
    if (files.includes(null)) throw new UploadsFailed()
    const identity = identityOf(latest.current)
    if (!identity) throw new Error('no identity')
    const emailId = await keeper.save()
    const sent = await sendDraft(client, await withAnswered(latest.current), emailId, identity, sendAt)
    const undo = async () => {
      if (await sent.undo().catch(() => false)) {
        await store.refresh()
        compose({ kind: 'draft', emailId })
      } else store.undo.push({ text: 'compose:tooLate', kind: 'error' })
    }
    store.undo.push({
      text: sendAt ? 'compose:scheduled' : 'compose:sent',
      values: sendAt ? { time: sendAt.toLocaleString(currentLocale(), { dateStyle: 'full', timeStyle: 'short' }) } : {},
      undo,
      durationMs: Math.max(4, composing.undoSeconds) * 1000,
    })
    void store.refresh()
  }

  /** A reply taken up again as a draft knows its parent by Message-ID alone. */
  async function withAnswered(one: Draft): Promise<Draft> {
    const parent = one.inReplyTo[0]
    if (one.answered.length > 0 || parent === undefined) return one
    const { ids } = await client.call('Email/query', {
      accountId: client.accountId,
      filter: { header: ['Message-ID', parent] },
      limit: 1,
    })
    return { ...one, answered: ids }
  }

  return {
    draft,
    change,
    state,
    keeper,
    uploads,
    attach: attach.current,
    urlOf,
    check,
    send,
    isElsewhere,
    sendProblem,
    identityOf,
  }
}

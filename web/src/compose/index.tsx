// The dock: the messages being written, side by side at the foot of the page. Fetched with the first of them.

import { useEffect, useRef, useState } from 'react'
import type { Identity } from '#shared/jmap/submission.ts'
import { loadSettings } from '../settings/account-settings.ts'
import { type ComposeRequest, takeComposeRequests } from '../shell/composer.ts'
import { useText } from '../shell/i18n.ts'
import { letGoOfTyping } from '../shell/type-ahead.ts'
import { type MailStore, useStore } from '../store/index.ts'
import { Composer } from './composer.tsx'
import styles from './dock.module.css'
import type { Draft } from './draft.ts'
import { leftovers } from './local-drafts.ts'
import { openDraft } from './open-draft.ts'
import { RedirectDialog } from './redirect-dialog.tsx'

interface Open {
  readonly key: string
  readonly draft: Draft
  readonly emailId: string | null
  readonly isRestored: boolean
  readonly isMinimized: boolean
}

const maxOpen = 4

export default function ComposeDock() {
  const t = useText('compose')
  const store = useStore()
  const [open, setOpen] = useState<readonly Open[]>([])
  const [redirected, setRedirected] = useState<string | null>(null)
  const [identities, setIdentities] = useState<readonly Identity[]>([])
  const latest = useRef({ open, t })
  latest.current = { open, t }

  useEffect(
    () =>
      takeComposeRequests((request) => {
        start(store, request, latest.current.t).then(
          (started) => {
            if (started.kind === 'redirect') {
              setIdentities(started.identities)
              setRedirected(started.emailId)
              return
            }
            setIdentities(started.identities)
            setOpen((list) => show(list, { ...started.opened, isMinimized: false }))
          },
          () => {
            letGoOfTyping()
            store.undo.push({ text: 'compose:cannotStart', kind: 'error' })
          },
        )
      }),
    [store],
  )

  const update = (key: string, part: Partial<Open>) =>
    setOpen((list) => list.map((one) => (one.key === key ? { ...one, ...part } : one)))
  const end = (key: string) => setOpen((list) => list.filter((one) => one.key !== key))

  return (
    <div className={styles.dock}>
      {open.map((one) => (
        <Composer
          key={one.key}
          initial={one.draft}
          emailId={one.emailId}
          isRestored={one.isRestored}
          identities={identities}
          isMinimized={one.isMinimized}
          onMinimize={(isMinimized) => update(one.key, { isMinimized })}
          onEnd={() => end(one.key)}
          onNamed={(named) => setIdentities((all) => all.map((known) => (known.id === named.id ? named : known)))}
        />
      ))}
      {redirected ? (
        <RedirectDialog emailId={redirected} identities={identities} onClose={() => setRedirected(null)} />
      ) : null}
    </div>
  )
}

/** A draft that is open already comes forward; of too many the older ones are made small. */
function show(list: readonly Open[], next: Open): readonly Open[] {
  if (list.some(({ key }) => key === next.key)) {
    letGoOfTyping()
    return list.map((one) => (one.key === next.key ? { ...one, isMinimized: false } : one))
  }
  const crowded = list.length + 1 >= maxOpen
  return [...list.map((one) => (crowded ? { ...one, isMinimized: true } : one)), next]
}

type Started =
  | { readonly kind: 'redirect'; readonly emailId: string; readonly identities: readonly Identity[] }
  | { readonly kind: 'draft'; readonly opened: Omit<Open, 'isMinimized'>; readonly identities: readonly Identity[] }

async function start(store: MailStore, request: ComposeRequest, t: ReturnType<typeof useText>): Promise<Started> {
  const { client, accountId } = store
  const [{ list: identities }] = await Promise.all([
    client.call('Identity/get', { accountId }),
    // Choices that cannot be read leave the defaults.
    loadSettings(client).catch(() => {}),
  ])
  if (request.kind === 'redirect') return { kind: 'redirect', emailId: request.emailId, identities }
  if (request.kind === 'restore') {
    const left = (await leftovers(accountId)).find(({ key }) => key === request.key)
    if (!left) throw new Error('nothing to restore')
    return {
      kind: 'draft',
      identities,
      opened: { key: left.key, draft: left.draft, emailId: left.emailId, isRestored: true },
    }
  }
  const { draft, emailId } = await openDraft(store, identities, request, t)
  return { kind: 'draft', identities, opened: { key: draft.messageId, draft, emailId, isRestored: false } }
}

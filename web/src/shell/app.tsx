// What frames every screen: skip link, connection banner, toasts, composer dock, help sheet, and the document's title.

import { lazy, type ReactNode, Suspense, useEffect, useState } from 'react'
import { Fence } from '../plugins/fence.tsx'
import { partsAt } from '../plugins/places.ts'
import { useMailboxByRole, useStore } from '../store/index.ts'
import styles from './app.module.css'
import { brand } from './brand.ts'
import { compose, onComposerWanted } from './composer.ts'
import { ConnectionBanner } from './connection-banner.tsx'
import { useText } from './i18n.ts'
import { patiently } from './patiently.ts'
import { useMailPlace } from './place.ts'
import { AlertNotice, ComposeDock, OutboxNotice, Palette, PluginNotice, SnoozeSync } from './screens.ts'
import { useShortcuts } from './shortcuts.ts'
import { Toasts } from './toasts.tsx'
import { holdTyping } from './type-ahead.ts'

const HelpSheet = lazy(() => patiently(() => import('./help-sheet.tsx')))

export function App({ children }: { children: ReactNode }) {
  const t = useText('shell')
  const store = useStore()
  const place = useMailPlace()
  const [isHelpOpen, setHelpOpen] = useState(false)
  const [isPaletteOpen, setPaletteOpen] = useState(false)
  useTitle()

  const go = (folder: string) => ({
    group: t('keys.go'),
    run: () => place.openFolder(folder),
  })
  useShortcuts([
    { id: 'help', keys: ['?'], label: t('keys.help'), group: t('keys.app'), run: () => setHelpOpen(true) },
    {
      id: 'palette',
      keys: ['Mod+k'],
      label: t('keys.palette'),
      group: t('keys.app'),
      run: () => {
        // Its code may still be on its way.
        holdTyping()
        setPaletteOpen(true)
      },
    },
    { id: 'undo', keys: ['z', 'Mod+z'], label: t('keys.undo'), group: t('keys.app'), run: () => store.undo.undoLast() },
    { id: 'compose', keys: ['c'], label: t('keys.compose'), group: t('keys.app'), run: () => compose({ kind: 'new' }) },
    { id: 'go-inbox', keys: ['g i'], label: t('keys.goInbox'), ...go('inbox') },
    { id: 'go-drafts', keys: ['g d'], label: t('keys.goDrafts'), ...go('drafts') },
    { id: 'go-sent', keys: ['g t'], label: t('keys.goSent'), ...go('sent') },
    { id: 'go-archive', keys: ['g a'], label: t('keys.goArchive'), ...go('archive') },
    { id: 'go-trash', keys: ['g #'], label: t('keys.goTrash'), ...go('trash') },
    {
      id: 'go-settings',
      keys: ['g s'],
      label: t('keys.goSettings'),
      group: t('keys.go'),
      run: () => place.openSettings(),
    },
  ])

  return (
    <div className={styles.app}>
      <a className={styles.skip} href="#content">
        {t('skip')}
      </a>
      <ConnectionBanner />
      <Suspense>
        <OutboxNotice />
      </Suspense>
      <Suspense>
        <AlertNotice />
      </Suspense>
      <Suspense>
        <SnoozeSync />
      </Suspense>
      {partsAt(store.client, 'notice').length > 0 ? (
        <Fence>
          <PluginNotice />
        </Fence>
      ) : null}
      <div className={styles.screen}>{children}</div>
      <Dock />
      <Toasts />
      {isPaletteOpen ? (
        <Suspense>
          <Palette onClose={() => setPaletteOpen(false)} />
        </Suspense>
      ) : null}
      {isHelpOpen ? (
        <Suspense>
          <HelpSheet onClose={() => setHelpOpen(false)} />
        </Suspense>
      ) : null}
    </div>
  )
}

/** The composer's code is fetched when the first message is begun. */
function Dock() {
  const [isWanted, setWanted] = useState(false)
  useEffect(() => onComposerWanted(() => setWanted(true)), [])
  useRestoredDrafts()
  return isWanted ? (
    <Suspense>
      <ComposeDock />
    </Suspense>
  ) : null
}

/** What was typed in a tab that died before the server had it comes back once the inbox stands. */
function useRestoredDrafts(): void {
  const { accountId } = useStore()
  useEffect(() => {
    const timer = setTimeout(async () => {
      const { leftovers } = await patiently(() => import('../compose/local-drafts.ts'))
      for (const { key } of await leftovers(accountId)) compose({ kind: 'restore', key })
    }, restoreAfterMs)
    return () => clearTimeout(timer)
  }, [accountId])
}

const restoreAfterMs = 1_500

function useTitle(): void {
  const unread = useMailboxByRole('inbox')?.unreadEmails ?? 0
  useEffect(() => {
    document.title = unread > 0 ? `(${unread}) ${brand.name}` : brand.name
  }, [unread])
}

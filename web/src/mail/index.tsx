// The mail screen: folders, list and reading pane; one, two or three of them by width. The address says what is shown,
// this file joins list, selection, commands and keys.

import { PenLine } from 'lucide-react'
import { lazy, Suspense, useEffect, useLayoutEffect, useRef, useState } from 'react'
import { useAccountReadingPane } from '../settings/reading-pane.ts'
import { AccountMenu } from '../shell/account-menu.tsx'
import { compose } from '../shell/composer.ts'
import { useText } from '../shell/i18n.ts'
import { Logo } from '../shell/logo.tsx'
import { patiently } from '../shell/patiently.ts'
import { useMailPlace } from '../shell/place.ts'
import { QuotaBar, ReadingPane, ScheduledEntry } from '../shell/screens.ts'
import { Button } from '../ui/button.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { IconButton } from '../ui/icon-button.tsx'
import { Spinner } from '../ui/spinner.tsx'
import { folderName } from './folders/folder-looks.tsx'
import { FolderTree } from './folders/folder-tree.tsx'
import { useFolderDrop } from './folders/use-folder-drop.ts'
import styles from './index.module.css'
import { CalmSea } from './list/empty-art.tsx'
import { ListPane } from './list/list-pane.tsx'
import { useMailView } from './mail-view.ts'
import { applyPaneSizes } from './pane-sizes.ts'
import { SearchBox } from './search/search-box.tsx'
import { useReadingPane } from './use-reading-pane.ts'

const PaneLine = lazy(() => patiently(() => import('./pane-line.tsx')))

export function MailScreen() {
  const t = useText('mail')
  const place = useMailPlace()
  const view = useMailView()
  const [areFoldersOpen, setFoldersOpen] = useState(false)
  const step = useRef<(step: 1 | -1) => void>(() => {})
  const frame = useRef<HTMLDivElement>(null)
  const pane = useReadingPane()
  const isBeside = pane !== 'none'
  const { threadId } = place
  const files = useFolderDrop(view.isSearch ? undefined : view.mailbox, ['files'])
  const name = view.mailbox ? folderName(view.mailbox, t) : ''

  useAccountReadingPane()
  useLayoutEffect(() => {
    if (frame.current) applyPaneSizes(frame.current)
  }, [])

  // On narrow screens folders lie over the list: Escape and a tap beside them put them away.
  useEffect(() => {
    if (!areFoldersOpen) return
    const close = (event: KeyboardEvent) => event.key === 'Escape' && setFoldersOpen(false)
    addEventListener('keydown', close)
    return () => removeEventListener('keydown', close)
  }, [areFoldersOpen])

  return (
    <div
      ref={frame}
      className={styles.frame}
      data-reading={threadId !== undefined || undefined}
      data-pane={isBeside ? pane : undefined}
    >
      <header className={styles.top}>
        <span className={styles.brand}>
          <Logo size={28} withName />
        </span>
        <SearchBox folder={name} />
        <div className={styles.account}>
          <AccountMenu />
        </div>
      </header>
      <aside className={styles.side} id="folders" data-open={areFoldersOpen || undefined}>
        <Button
          tone="primary"
          className={styles.compose ?? ''}
          icon={<PenLine size={18} aria-hidden />}
          onPress={() => compose({ kind: 'new' })}
        >
          {t('compose')}
        </Button>
        <FolderTree current={view.inMailbox} onOpen={() => setFoldersOpen(false)} />
        <Suspense>
          <ScheduledEntry />
        </Suspense>
        <Suspense>
          <QuotaBar />
        </Suspense>
        <Suspense>
          <PaneLine frame={frame} at="folders" />
        </Suspense>
      </aside>
      {areFoldersOpen ? (
        // biome-ignore lint/a11y/noStaticElementInteractions: Escape does the same
        // biome-ignore lint/a11y/useKeyWithClickEvents: Escape does the same
        <div className={styles.scrim} onClick={() => setFoldersOpen(false)} />
      ) : null}
      <main
        className={styles.list}
        id="content"
        inert={threadId !== undefined && !isBeside}
        data-drop={files.isTarget || undefined}
        {...files.handlers}
      >
        <ListPane
          key={view.key}
          view={view}
          title={view.isSearch ? t('search.title') : name}
          isBeside={isBeside}
          stepRef={step}
          onFolders={() => setFoldersOpen(true)}
        />
      </main>
      {isBeside || threadId ? (
        // Alone on screen it is what the page is about; the list behind it is inert.
        <section className={styles.read} aria-label={t('reading')} role={isBeside ? undefined : 'main'}>
          {threadId ? (
            <Suspense
              fallback={
                <div className={styles.centre}>
                  <Spinner />
                </div>
              }
            >
              <ReadingPane
                key={`${threadId} ${place.search.message ?? ''}`}
                threadId={threadId}
                {...(place.search.message ? { emailId: place.search.message } : {})}
                mailboxId={view.inMailbox}
                onClose={place.closeThread}
                onStep={(by) => step.current(by)}
              />
            </Suspense>
          ) : (
            <EmptyState art={<CalmSea />} title={t('nothingOpen')} text={t('nothingOpenText')} />
          )}
          {pane === 'none' ? null : (
            <Suspense>
              <PaneLine frame={frame} at={pane} />
            </Suspense>
          )}
        </section>
      ) : null}
      <IconButton
        className={styles.floating ?? ''}
        label={t('compose')}
        icon={<PenLine size={22} aria-hidden />}
        onPress={() => compose({ kind: 'new' })}
      />
    </div>
  )
}

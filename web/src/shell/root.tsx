// What is shown by the state of the session: nothing yet, the sign-in page, or the app with, should the session end, the
// sign-in page over it.

import { RouterProvider } from '@tanstack/react-router'
import { useSyncExternalStore } from 'react'
import { I18nProvider } from 'react-aria-components/I18nProvider'
import { StoreProvider } from '../store/index.ts'
import { Button } from '../ui/button.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { Spinner } from '../ui/spinner.tsx'
import { currentLocale, useText } from './i18n.ts'
import { Logo } from './logo.tsx'
import styles from './root.module.css'
import { router } from './router.tsx'
import type { Session } from './session.ts'
import { SessionContext } from './session-context.ts'
import { SignIn } from './sign-in.tsx'

export function Root({ session }: { session: Session }) {
  useText('shell')
  // The controls' own words and which arrow key leads on go by our language, not by the browser's first.
  return (
    <I18nProvider locale={currentLocale()}>
      <Phase session={session} />
    </I18nProvider>
  )
}

function Phase({ session }: { session: Session }) {
  const t = useText('shell')
  const state = useSyncExternalStore(session.subscribe, session.state)
  if (state.phase === 'starting') {
    return (
      <div className={styles.centre}>
        <Spinner size={28} label={t('loading')} />
      </div>
    )
  }
  if (state.phase === 'failed') {
    return (
      <main className={styles.centre}>
        <EmptyState
          art={<Logo size={48} />}
          title={t('noServer.title')}
          text={t('noServer.text')}
          action={
            <Button tone="primary" onPress={() => void session.start()}>
              {t('tryAgain')}
            </Button>
          }
        />
      </main>
    )
  }
  if (state.phase === 'signedOut') return <SignIn session={session} />
  return (
    <SessionContext value={session}>
      <StoreProvider store={state.store}>
        <div className={styles.app} inert={state.isLocked}>
          <RouterProvider router={router} />
        </div>
        {state.isLocked ? (
          <div className={styles.locked}>
            <SignIn session={session} username={state.username} />
          </div>
        ) : null}
      </StoreProvider>
    </SessionContext>
  )
}

// Addresses. Everything that a reload or a link must bring back is in them: folder, conversation, search. A folder with a
// role goes by the role's name, so that links read well and hold in any account.

import { createRootRoute, createRoute, createRouter, Outlet, redirect, useParams } from '@tanstack/react-router'
import { Suspense } from 'react'
import { MailScreen } from '../mail/index.tsx'
import { Spinner } from '../ui/spinner.tsx'
import { App } from './app.tsx'
import type { MailSearch, SettingsSearch } from './place.ts'
import styles from './root.module.css'
import { Settings } from './screens.ts'

const rootRoute = createRootRoute({
  component: () => (
    <App>
      <Outlet />
    </App>
  ),
})
const home = createRoute({
  getParentRoute: () => rootRoute,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/mail/$folder', params: { folder: 'inbox' }, replace: true })
  },
})
const readMailSearch = (search: Record<string, unknown>): MailSearch => ({
  ...(typeof search.q === 'string' || typeof search.q === 'number' ? { q: String(search.q) } : {}),
  ...(search.in === 'everywhere' ? { in: 'everywhere' } : {}),
  ...(typeof search.message === 'string' ? { message: search.message } : {}),
})
const folder = createRoute({
  getParentRoute: () => rootRoute,
  path: '/mail/$folder',
  validateSearch: readMailSearch,
  component: MailScreen,
})
/** A child, so that the list stays mounted while conversations come and go. */
const thread = createRoute({ getParentRoute: () => folder, path: '$thread' })
const settings = createRoute({ getParentRoute: () => rootRoute, path: '/settings', component: SettingsScreen })
const settingsSection = createRoute({
  getParentRoute: () => settings,
  path: '$section',
  validateSearch: (search: Record<string, unknown>): SettingsSearch =>
    typeof search.like === 'string' ? { like: search.like } : {},
})

export const router = createRouter({
  routeTree: rootRoute.addChildren([home, folder.addChildren([thread]), settings.addChildren([settingsSection])]),
  defaultNotFoundComponent: () => <NotFound />,
  scrollRestoration: false,
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}

function SettingsScreen() {
  const { section } = useParams({ strict: false })
  return (
    <Suspense
      fallback={
        <div className={styles.centre}>
          <Spinner />
        </div>
      }
    >
      <Settings section={section} />
    </Suspense>
  )
}

/** An address that we do not know leads to where everybody wants to be. */
function NotFound() {
  void router.navigate({ to: '/mail/$folder', params: { folder: 'inbox' }, replace: true })
  return null
}

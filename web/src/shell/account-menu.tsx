// Who is signed in, and the choices about the look that people reach for most.

import { LogOut, Settings } from 'lucide-react'
import { readingPanes, useReadingPaneChoice } from '../settings/reading-pane.ts'
import { useStore } from '../store/index.ts'
import { initialsOf } from '../ui/avatar.tsx'
import { MenuButton } from '../ui/lazy-menu.tsx'
import type { MenuEntry } from '../ui/menu.tsx'
import styles from './account-menu.module.css'
import { changeLanguage, type Language, languages, useText } from './i18n.ts'
import { useMailPlace } from './place.ts'
import { type Preferences, preferences, setPreferences } from './preferences.ts'
import { useSession } from './session-context.ts'

export function AccountMenu() {
  const t = useText('shell')
  const session = useSession()
  const store = useStore()
  const place = useMailPlace()
  const state = session.state()
  const username = state.phase === 'signedIn' ? state.username : ''

  const chooseReadingPane = useReadingPaneChoice()
  const failed = (text: string) => store.undo.push({ text, kind: 'error' })
  const choice = <K extends keyof Preferences>(
    key: K,
    values: readonly Preferences[K][],
    label: (value: Preferences[K]) => string,
    choose: (value: Preferences[K]) => void = (value) => setPreferences({ [key]: value } as Partial<Preferences>),
  ): MenuEntry[] =>
    values.map((value) => ({
      id: `${key}-${String(value)}`,
      label: label(value),
      isChecked: preferences()[key] === value,
      onAction: () => {
        choose(value)
        if (key === 'language') void changeLanguage(value as Language | 'system')
      },
    }))

  return (
    <MenuButton
      label={t('account', { username })}
      icon={<span className={styles.face}>{initialsOf(username)}</span>}
      placement="bottom end"
      entries={() => [
        {
          kind: 'section',
          id: 'who',
          label: username,
          entries: [
            {
              kind: 'submenu',
              id: 'theme',
              label: t('theme.title'),
              entries: choice('theme', ['system', 'light', 'dark'], (value) => t(`theme.${value}`)),
            },
            {
              kind: 'submenu',
              id: 'density',
              label: t('density.title'),
              entries: choice('density', ['comfortable', 'compact'], (value) => t(`density.${value}`)),
            },
            {
              kind: 'submenu',
              id: 'pane',
              label: t('readingPane.title'),
              entries: choice(
                'readingPane',
                readingPanes,
                (value) => t(`readingPane.${value}`),
                (value) => void chooseReadingPane(value).catch(() => failed('mail:failed')),
              ),
            },
            {
              kind: 'submenu',
              id: 'language',
              label: t('language'),
              entries: choice('language', ['system', ...(Object.keys(languages) as Language[])], (value) =>
                value === 'system' ? t('theme.system') : languages[value].name,
              ),
            },
          ],
        },
        { kind: 'separator', id: 'line' },
        {
          id: 'settings',
          label: t('settings'),
          icon: <Settings size={16} aria-hidden />,
          shortcut: 'g s',
          onAction: () => place.openSettings(),
        },
        {
          id: 'sign-out',
          label: t('signOut'),
          icon: <LogOut size={16} aria-hidden />,
          onAction: () => void session.signOut().catch(() => failed('shell:signOutFailed')),
        },
      ]}
    />
  )
}

// What a section shows while the rules are read, and where the mail server has none.

import type { ReactNode } from 'react'
import type { FilterRules } from '#shared/jmap/filters.ts'
import { useText } from '../../shell/i18n.ts'
import { useStore } from '../../store/index.ts'
import { Button } from '../../ui/button.tsx'
import { Spinner } from '../../ui/spinner.tsx'
import { Outcome } from '../outcome.tsx'
import settings from '../settings.module.css'
import styles from './filters.module.css'
import { hasFilters } from './has-filters.ts'
import { useRules } from './use-rules.ts'

export type LoadedRules = Omit<ReturnType<typeof useRules>, 'rules'> & { readonly rules: FilterRules }

export function NeedsFilters({ children }: { readonly children: (loaded: LoadedRules) => ReactNode }) {
  const t = useText('filters')
  const { client } = useStore()
  return hasFilters(client) ? <Loaded>{children}</Loaded> : <p className={settings.hint}>{t('none')}</p>
}

function Loaded({ children }: { readonly children: (loaded: LoadedRules) => ReactNode }) {
  const t = useText('filters')
  const loaded = useRules()
  const { rules, state, load, change } = loaded
  if (!rules) {
    if (typeof state !== 'object') return <Spinner label={t('loading')} />
    return (
      <div className={settings.group}>
        <p className={settings.error} role="alert">
          {t('notRead')} {state.error}
        </p>
        <div className={settings.buttons}>
          <Button onPress={() => void load()}>{t('tryAgain')}</Button>
        </div>
      </div>
    )
  }
  const isWanted =
    rules.rules.some(({ isEnabled }) => isEnabled) || rules.forwarding.isEnabled || rules.blocked.senders.length > 0
  return (
    <>
      {isWanted && !rules.isActive ? (
        <div className={styles.notice} role="note">
          <p>{t(rules.include === null ? 'inactive' : 'otherActive', { name: rules.include ?? '' })}</p>
          <Button size="small" onPress={() => void change(() => ({}))}>
            {t('activate')}
          </Button>
        </div>
      ) : null}
      {children({ ...loaded, rules })}
      <Outcome state={state} />
    </>
  )
}

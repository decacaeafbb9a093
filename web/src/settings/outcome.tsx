// What became of a saving.

import { useText } from '../shell/i18n.ts'
import styles from './settings.module.css'
import type { SavingState } from './use-saving.ts'

export function Outcome({ state }: { readonly state: SavingState }) {
  const t = useText('settings')
  if (typeof state === 'object') {
    return (
      <p className={styles.error} role="alert">
        {t('notSaved')} {state.error}
      </p>
    )
  }
  return (
    <p className={styles.done} role="status">
      {state === 'saved' ? t('saved') : ''}
    </p>
  )
}

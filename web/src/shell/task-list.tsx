// Work under way, at the foot of the page above the notices: what it is, how far it is, and a way to stop it.

import { useSyncExternalStore } from 'react'
import { Button } from 'react-aria-components/Button'
import { ProgressBar } from 'react-aria-components/ProgressBar'
import { useStore } from '../store/index.ts'
import toast from '../ui/toast.module.css'
import { useText } from './i18n.ts'
import styles from './task-list.module.css'

export default function TaskList() {
  const t = useText('shell')
  const { tasks } = useStore()
  const list = useSyncExternalStore(tasks.subscribe, tasks.list)
  return list.map(({ id, text, values, done, total, stop }) => (
    <div key={id} className={`${toast.toast} ${styles.task}`}>
      <ProgressBar
        className={styles.progress}
        value={done}
        maxValue={Math.max(1, total)}
        isIndeterminate={total === 0}
        aria-label={t(text, values)}
      >
        {({ percentage = 0, valueText }) => (
          <>
            <span className={toast.text}>{t(text, values)}</span>
            <span className={styles.value}>{valueText}</span>
            <span className={styles.bar}>
              <span className={styles.fill} style={{ inlineSize: `${percentage}%` }} />
            </span>
          </>
        )}
      </ProgressBar>
      <Button className={toast.action} onPress={stop}>
        {t('stop')}
      </Button>
    </div>
  ))
}

// All of the outbox in one list: what needs somebody first, then what is sent later.

import { useText } from '../../shell/i18n.ts'
import { Dialog } from '../../ui/dialog.tsx'
import styles from './outbox.module.css'
import { useOutbox } from './outbox.ts'
import { ProblemCard, ScheduledCard } from './outbox-item.tsx'

export function OutboxDialog({ onClose }: { readonly onClose: () => void }) {
  const t = useText('outbox')
  const { problems, scheduled } = useOutbox()
  return (
    <Dialog title={t('outbox')} closeLabel={t('close')} onClose={onClose}>
      {problems.length + scheduled.length === 0 ? <p>{t('empty')}</p> : null}
      <ul className={styles.list}>
        {problems.map((item) => (
          <li key={item.submission.id}>
            <ProblemCard item={item} onLeave={onClose} />
          </li>
        ))}
      </ul>
      {scheduled.length > 0 ? <h3 className={styles.heading}>{t('scheduled')}</h3> : null}
      <ul className={styles.list}>
        {scheduled.map((item) => (
          <li key={item.submission.id}>
            <ScheduledCard item={item} onLeave={onClose} />
          </li>
        ))}
      </ul>
    </Dialog>
  )
}

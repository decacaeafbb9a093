// Above every screen: a message that was not sent, with its remedies; of several, how many, and the way to their list.

import { CircleAlert } from 'lucide-react'
import { useState } from 'react'
import { useText } from '../../shell/i18n.ts'
import { Button } from '../../ui/button.tsx'
import styles from './outbox.module.css'
import { useOutbox } from './outbox.ts'
import { OutboxDialog } from './outbox-dialog.tsx'
import { ProblemCard } from './outbox-item.tsx'
import { toneOf } from './outbox-words.ts'

export default function OutboxNotice() {
  const t = useText('outbox')
  const { problems } = useOutbox()
  const [isOpen, setOpen] = useState(false)
  // The worst comes first.
  const [first] = problems
  const tone = first ? toneOf(first) : 'wait'
  const role = tone === 'wait' ? 'status' : 'alert'
  return (
    <>
      {first ? (
        <section className={styles.notice} data-tone={tone} aria-label={t('outbox')}>
          {problems.length === 1 ? (
            <ProblemCard item={first} role={role} />
          ) : (
            <div className={styles.summary} data-tone={tone}>
              <CircleAlert className={styles.icon} size={20} aria-hidden />
              <p className={styles.words} role={role}>
                {t(tone === 'wait' ? 'severalWait' : 'several', { count: problems.length })}
              </p>
              <Button size="small" onPress={() => setOpen(true)}>
                {t('show')}
              </Button>
            </div>
          )}
        </section>
      ) : null}
      {isOpen ? <OutboxDialog onClose={() => setOpen(false)} /> : null}
    </>
  )
}

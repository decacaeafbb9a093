// Below the folders, while something waits for its time: how many, and the way to them.

import { CalendarClock } from 'lucide-react'
import { useState } from 'react'
import { Button } from 'react-aria-components/Button'
import { useText } from '../../shell/i18n.ts'
import styles from './outbox.module.css'
import { useOutbox } from './outbox.ts'
import { OutboxDialog } from './outbox-dialog.tsx'

export default function ScheduledEntry() {
  const t = useText('outbox')
  const { scheduled } = useOutbox()
  const [isOpen, setOpen] = useState(false)
  return (
    <>
      {scheduled.length > 0 ? (
        <Button className={styles.entry ?? ''} onPress={() => setOpen(true)}>
          <CalendarClock size={18} aria-hidden />
          <span className={styles.entryName}>{t('scheduled')}</span>
          <span>{scheduled.length}</span>
        </Button>
      ) : null}
      {isOpen ? <OutboxDialog onClose={() => setOpen(false)} /> : null}
    </>
  )
}

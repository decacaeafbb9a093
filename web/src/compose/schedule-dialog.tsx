// When a message is to be sent, if not now.

import { useState } from 'react'
import { currentLocale, useText } from '../shell/i18n.ts'
import { Button } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { TextField } from '../ui/text-field.tsx'
import styles from './composer.module.css'

export function ScheduleDialog({
  onClose,
  onChoose,
}: {
  readonly onClose: () => void
  readonly onChoose: (at: Date) => void
}) {
  const t = useText('compose')
  const [typed, setTyped] = useState('')
  const chosen = typed === '' ? null : new Date(typed)
  const isPast = chosen !== null && chosen.getTime() < Date.now() + 30_000
  const show = (date: Date) =>
    date.toLocaleString(currentLocale(), {
      weekday: 'long',
      day: 'numeric',
      month: 'long',
      hour: 'numeric',
      minute: '2-digit',
    })
  return (
    <Dialog
      title={t('scheduleTitle')}
      closeLabel={t('close')}
      onClose={onClose}
      size="small"
      actions={
        <Button tone="primary" isDisabled={chosen === null || isPast} onPress={() => chosen && onChoose(chosen)}>
          {t('schedule')}
        </Button>
      }
    >
      <div className={styles.schedule}>
        {proposals(new Date()).map(([name, date]) => (
          <Button key={name} onPress={() => onChoose(date)}>
            {t(name)} · {show(date)}
          </Button>
        ))}
        <TextField
          label={t('otherTime')}
          type="datetime-local"
          value={typed}
          onChange={setTyped}
          error={isPast ? t('timeIsPast') : undefined}
        />
      </div>
    </Dialog>
  )
}

type Proposal = 'laterToday' | 'tomorrowMorning' | 'mondayMorning'

function proposals(now: Date): readonly (readonly [Proposal, Date])[] {
  const at = (days: number, hour: number) => new Date(now.getFullYear(), now.getMonth(), now.getDate() + days, hour)
  const untilMonday = (8 - now.getDay()) % 7 || 7
  return [
    ...(now.getHours() < 16 ? [['laterToday', at(0, 18)] as const] : []),
    ['tomorrowMorning', at(1, 8)],
    ...(untilMonday > 1 ? [['mondayMorning', at(untilMonday, 8)] as const] : []),
  ]
}

// When a message is to be sent, if not now.

import { useText } from '../shell/i18n.ts'
import { showBriefly } from '../shell/show-time.ts'
import { timesAhead } from '../shell/times-ahead.ts'
import { TimeDialog } from '../ui/time-dialog.tsx'

export function ScheduleDialog({
  onClose,
  onChoose,
}: {
  readonly onClose: () => void
  readonly onChoose: (at: Date) => void
}) {
  const t = useText('compose')
  // Nobody reads at the weekend what waited for it.
  const times = timesAhead(new Date()).filter(([name]) => name !== 'thisWeekend')
  return (
    <TimeDialog
      title={t('scheduleTitle')}
      confirmLabel={t('schedule')}
      closeLabel={t('close')}
      otherLabel={t('otherTime')}
      pastError={t('timeIsPast')}
      proposals={times.map(([name, at]) => ({ label: t(name), detail: showBriefly(at), at }))}
      onChoose={onChoose}
      onClose={onClose}
    />
  )
}

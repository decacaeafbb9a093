// Until when messages are to be out of sight; of those that are already, also that they come back now.

import { AlarmClockOff } from 'lucide-react'
import { useText } from '../../shell/i18n.ts'
import type { SnoozeDialogProps } from '../../shell/screens.ts'
import { showBriefly } from '../../shell/show-time.ts'
import { timesAhead } from '../../shell/times-ahead.ts'
import { Button } from '../../ui/button.tsx'
import { TimeDialog } from '../../ui/time-dialog.tsx'

export default function SnoozeDialog({ isAsleep, onChoose, onWake, onClose }: SnoozeDialogProps) {
  const t = useText('snooze')
  return (
    <TimeDialog
      title={t('title')}
      confirmLabel={t('snooze')}
      closeLabel={t('close')}
      otherLabel={t('otherTime')}
      pastError={t('timeIsPast')}
      proposals={timesAhead(new Date()).map(([name, at]) => ({ label: t(name), detail: showBriefly(at), at }))}
      onChoose={onChoose}
      onClose={onClose}
    >
      {isAsleep ? (
        <Button icon={<AlarmClockOff size={16} aria-hidden />} onPress={onWake}>
          {t('wake')}
        </Button>
      ) : null}
    </TimeDialog>
  )
}

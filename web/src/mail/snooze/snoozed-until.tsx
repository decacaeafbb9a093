// In place of a row's date where messages sleep: when it comes back.

import { useText } from '../../shell/i18n.ts'
import type { SnoozedUntilProps } from '../../shell/screens.ts'
import { showBriefly } from '../../shell/show-time.ts'
import { fullDate, listDate } from '../list/dates.ts'
import { useSnoozes } from './snoozes.ts'

export default function SnoozedUntil({ emailId, receivedAt }: SnoozedUntilProps) {
  const t = useText('snooze')
  const until = useSnoozes().get(emailId)?.until
  const time = until ?? receivedAt
  return (
    <time dateTime={time} title={fullDate(time)} data-snoozed={until === undefined ? undefined : true}>
      {until === undefined ? listDate(receivedAt) : t('until', { time: showBriefly(new Date(until)) })}
    </time>
  )
}

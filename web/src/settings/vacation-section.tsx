// The answer that goes out by itself while one is away (RFC 8621 §8).

import { useEffect, useState } from 'react'
import type { VacationResponse } from '#shared/jmap/submission.ts'
import { useText } from '../shell/i18n.ts'
import { useStore } from '../store/index.ts'
import { Button } from '../ui/button.tsx'
import { Spinner } from '../ui/spinner.tsx'
import { Switch } from '../ui/switch.tsx'
import { TextField } from '../ui/text-field.tsx'
import { Outcome } from './outcome.tsx'
import styles from './settings.module.css'
import { throwRefusal, useSaving } from './use-saving.ts'

export function VacationSection() {
  const t = useText('settings')
  const { client, accountId } = useStore()
  const [values, setValues] = useState<VacationResponse | null>(null)
  const { state, run, read, reset } = useSaving()
  useEffect(() => {
    void read(async () => {
      const { list } = await client.call('VacationResponse/get', { accountId, ids: ['singleton'] })
      setValues(list[0] ?? null)
    })
  }, [client, accountId, read])

  if (!values)
    return typeof state === 'object' ? (
      <p className={styles.error}>{t('noVacation')}</p>
    ) : (
      <Spinner label={t('loading')} />
    )
  const set = (part: Partial<VacationResponse>) => {
    reset()
    setValues({ ...values, ...part })
  }
  const { id: _, ...changes } = values
  return (
    <form
      className={styles.group}
      onSubmit={(event) => {
        event.preventDefault()
        void run(async () => {
          throwRefusal(
            (await client.call('VacationResponse/set', { accountId, update: { singleton: changes } })).notUpdated,
          )
        })
      }}
    >
      <Switch
        isSelected={values.isEnabled}
        onChange={(isEnabled) => set({ isEnabled })}
        description={t('vacationText')}
      >
        {t('vacationOn')}
      </Switch>
      <div className={styles.pair}>
        <TextField
          label={t('firstDay')}
          type="date"
          value={dayOf(values.fromDate)}
          onChange={(day) => set({ fromDate: startOf(day) })}
        />
        <TextField
          label={t('lastDay')}
          type="date"
          value={lastDayOf(values.toDate)}
          onChange={(day) => set({ toDate: endOf(day) })}
        />
      </div>
      <TextField
        label={t('subject')}
        value={values.subject ?? ''}
        onChange={(subject) => set({ subject: subject || null })}
        placeholder={t('subjectByDefault')}
      />
      <TextField
        label={t('text')}
        rows={7}
        value={values.textBody ?? ''}
        onChange={(textBody) => set({ textBody: textBody || null, htmlBody: null })}
      />
      <div className={styles.buttons}>
        <Button type="submit" tone="primary">
          {t('save')}
        </Button>
      </div>
      <Outcome state={state} />
    </form>
  )
}

// Days are those of the person's own time; `toDate` is the first moment after the last day (RFC 8621 §8).
const utc = (date: Date) => date.toISOString().replace(/\.\d+Z$/, 'Z')

function dayOf(date: string | null, shiftMs = 0): string {
  if (!date) return ''
  const day = new Date(new Date(date).getTime() - shiftMs)
  const two = (value: number) => String(value).padStart(2, '0')
  return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`
}
const lastDayOf = (date: string | null) => dayOf(date, 1)
const startOf = (day: string) => (day === '' ? null : utc(new Date(`${day}T00:00`)))
function endOf(day: string): string | null {
  if (day === '') return null
  const date = new Date(`${day}T00:00`)
  date.setDate(date.getDate() + 1)
  return utc(date)
}

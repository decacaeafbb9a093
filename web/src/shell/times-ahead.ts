// Times that people mean: this evening, tomorrow morning. In the browser's zone.

export type TimeAhead = 'laterToday' | 'tomorrowMorning' | 'thisWeekend' | 'mondayMorning'

/** Those that are ahead and differ, the nearest first. */
export function timesAhead(now: Date): readonly (readonly [TimeAhead, Date])[] {
  const at = (days: number, hour: number) => new Date(now.getFullYear(), now.getMonth(), now.getDate() + days, hour)
  const untilMonday = (8 - now.getDay()) % 7 || 7
  const untilSaturday = 6 - now.getDay()
  return [
    ...(now.getHours() < 16 ? [['laterToday', at(0, 18)] as const] : []),
    ['tomorrowMorning', at(1, 8)],
    ...(untilSaturday > 1 && untilSaturday < 6 ? [['thisWeekend', at(untilSaturday, 9)] as const] : []),
    ...(untilMonday > 1 ? [['mondayMorning', at(untilMonday, 8)] as const] : []),
  ]
}

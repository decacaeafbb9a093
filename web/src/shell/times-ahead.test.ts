import assert from 'node:assert/strict'
import { test } from 'node:test'
import { timesAhead } from './times-ahead.ts'

const at = (now: Date) => timesAhead(now).map(([name, date]) => `${name} ${date.getDate()} ${date.getHours()}`)

test('on a Tuesday morning all of them are ahead, the nearest first', () => {
  assert.deepEqual(at(new Date(2026, 11, 1, 9)), [
    'laterToday 1 18',
    'tomorrowMorning 2 8',
    'thisWeekend 5 9',
    'mondayMorning 7 8',
  ])
})

test('in the evening there is no later today', () => {
  assert.equal(at(new Date(2026, 11, 1, 16))[0], 'tomorrowMorning 2 8')
})

test('what tomorrow is has one name', () => {
  // A Friday, a Saturday and a Sunday.
  assert.deepEqual(at(new Date(2026, 11, 4, 20)), ['tomorrowMorning 5 8', 'mondayMorning 7 8'])
  assert.deepEqual(at(new Date(2026, 11, 5, 20)), ['tomorrowMorning 6 8', 'mondayMorning 7 8'])
  assert.deepEqual(at(new Date(2026, 11, 6, 20)), ['tomorrowMorning 7 8'])
})

test('over the end of a year', () => {
  const [, [, monday] = []] = timesAhead(new Date(2026, 11, 31, 20)).slice(-2)
  assert.deepEqual([monday?.getFullYear(), monday?.getMonth(), monday?.getDate()], [2027, 0, 4])
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { quote } from './quote.ts'
import { printVacation } from './vacation.ts'

const plain = { fromDate: null, toDate: null, subject: null, textBody: 'Away', htmlBody: null }

test('nothing typed gets out of its quoted string', () => {
  const evil = '"; discard; stop; "\\'
  const { lines } = printVacation({ ...plain, subject: evil, textBody: evil }, [evil])
  assert.deepEqual(
    lines.map((line) => line.replace(/"(?:[^"\\]|\\.)*"/gs, '""')),
    ['vacation :days 7 :addresses [""] :subject "" "";'],
  )
})

test('dates are compared, and ask for their extensions', () => {
  const { needs, lines } = printVacation({ ...plain, fromDate: '2026-01-02T03:04:05Z' }, [])
  assert.deepEqual(needs, ['vacation', 'date', 'relational'])
  assert.match(lines[0]!, /^if allof\(currentdate .*"2026-01-02T03:04:05"\) \{$/)
  assert.deepEqual(printVacation(plain, []), { needs: ['vacation'], lines: ['vacation :days 7 "Away";'] })
})

test('a subject stays on one line, NULs go', () => {
  const { lines } = printVacation({ ...plain, subject: 'a\r\nBcc: x', textBody: 'n\0l' }, [])
  assert.match(lines[0]!, /:subject "a Bcc: x" "nl";/)
  assert.equal(quote('a\nb'), '"a\r\nb"')
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeVacationScript, quote, readVacationScript } from './vacation.ts'

const plain = { fromDate: null, toDate: null, subject: null, textBody: 'Away', htmlBody: null }

test('what was put in comes out, whatever characters it is made of', () => {
  const texts = ['Away', '"; discard; #', '\\', 'a\r\n.\r\nb', 'ünïcödé 🚢', '*/ stop; /*', 'text:\r\n.\r\ndiscard;']
  for (const text of texts) {
    const made = { vacation: { ...plain, subject: text, textBody: text, htmlBody: text }, include: text }
    assert.deepEqual(readVacationScript(makeVacationScript(made, ['a@x.test'])), made, text)
  }
})

test('nothing typed gets out of its quoted string', () => {
  const evil = '"; discard; stop; "\\'
  const script = makeVacationScript({ vacation: { ...plain, subject: evil, textBody: evil }, include: evil }, [evil])
  const outside = script
    .split('\r\n')
    .slice(1)
    .join('\r\n')
    .replace(/"(?:[^"\\]|\\.)*"/gs, '""')
  assert.doesNotMatch(outside, /discard|stop/)
  assert.match(
    outside,
    /^# Made.*\r\nrequire \["", ""\];\r\nvacation :days 7 :addresses \[""\] :subject "" "";\r\ninclude :personal :optional "";\r\n$/,
  )
})

test('a subject stays on one line, NULs go', () => {
  const script = makeVacationScript(
    { vacation: { ...plain, subject: 'a\r\nBcc: x', textBody: 'n\0l' }, include: null },
    [],
  )
  assert.match(script, /:subject "a Bcc: x" "nl";/)
  assert.equal(quote('a\nb'), '"a\r\nb"')
})

test('a script of somebody else’s, and a damaged one of ours, are not ours', () => {
  for (const script of ['', 'keep;', '# paquebot-vacation-1 !!!!\r\nkeep;', '# paquebot-vacation-1 e30']) {
    assert.equal(readVacationScript(script), null, script)
  }
})

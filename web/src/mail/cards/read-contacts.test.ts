import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readContacts } from './read-contacts.ts'

const card = (version: string, ...lines: string[]) =>
  ['BEGIN:VCARD', `VERSION:${version}`, ...lines, 'END:VCARD', ''].join('\r\n')

test('a contact tells who it is and how to reach them', () => {
  const [contact] = readContacts(
    card(
      '4.0',
      'FN:Ada Lovelace',
      'ORG:Engines;Analytical',
      'TITLE:Countess\\, programmer',
      'EMAIL;TYPE=work:ada@engine.example',
      'TEL;VALUE=uri;TYPE="voice,cell":tel:+44-20-1234',
      'ADR;TYPE=home:;;12 Square;London;;SW1;UK',
      'NOTE:First line\\nsecond',
    ),
  )
  assert.deepEqual(contact, {
    name: 'Ada Lovelace',
    organization: 'Engines · Analytical',
    title: 'Countess, programmer',
    emails: [{ kind: 'work', value: 'ada@engine.example' }],
    phones: [{ kind: 'cell', value: '+44-20-1234' }],
    addresses: [{ kind: 'home', value: '12 Square, London, SW1, UK' }],
    note: 'First line\nsecond',
  })
})

test('several cards of one part are several contacts; without a full name it is made of its parts', () => {
  const names = readContacts(card('3.0', 'N:Lovelace;Ada;;;', 'EMAIL:a@x.example') + card('3.0', 'FN:Grace')).map(
    ({ name }) => name,
  )
  assert.deepEqual(names, ['Ada Lovelace', 'Grace'])
})

test('version 2.1 of phones is read: types without a name, quoted-printable', () => {
  const [contact] = readContacts(
    card(
      '2.1',
      'N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:M=C3=BCller;J=C3=B6rg;;;',
      'FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:J=C3=B6rg=20M=C3=BC=\r\nller',
      'TEL;CELL:+49 30 1',
    ),
  )
  assert.equal(contact?.name, 'Jörg Müller')
  assert.deepEqual(contact.phones, [{ kind: 'cell', value: '+49 30 1' }])
})

test('what is no contact, or one of nobody, is none', () => {
  for (const text of ['', 'BEGIN:VCARD', card('3.0', 'NOTE:x'), 'BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n'])
    assert.deepEqual(readContacts(text), [], text)
})

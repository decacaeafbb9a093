import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { makeMailboxes } from './mailboxes.ts'
import { owners } from './people.ts'

const now = new Date('2026-11-20T15:00:00Z')
const mailboxes = makeMailboxes({ perOwner: 1_000, now })
const all = owners.flatMap((owner) => mailboxes[owner])
const headerOf = (raw: Buffer) => raw.subarray(0, raw.indexOf('\r\n\r\n')).toString('latin1')
const digest = (mails: typeof all) =>
  mails.reduce((hash, { raw }) => hash.update(raw), createHash('sha256')).digest('hex')

test('each of the three has as many as wanted, none from the future, in order of time', () => {
  for (const owner of owners) {
    const times = mailboxes[owner].map(({ date }) => date.getTime())
    assert.equal(times.length, 1_000)
    assert.deepEqual(
      times,
      times.toSorted((a, b) => a - b),
    )
    assert.ok((times.at(-1) as number) <= now.getTime())
    assert.ok((times[0] as number) >= now.getTime() - 731 * 86_400_000)
  }
})

test('the same seed and day make the same mail, octet by octet; another seed does not', () => {
  const again = makeMailboxes({ perOwner: 1_000, now })
  assert.equal(digest(owners.flatMap((owner) => again[owner])), digest(all))
  const other = makeMailboxes({ perOwner: 1_000, now, seed: 7 })
  assert.notEqual(digest(owners.flatMap((owner) => other[owner])), digest(all))
})

test('every message is fit for the wire: CRLF only, lines within RFC 5322 §2.1.1, no 8-bit octet, no NUL', () => {
  for (const { raw } of all) {
    const text = raw.toString('latin1')
    assert.doesNotMatch(text, /[^\r]\n|\r[^\n]/)
    assert.doesNotMatch(text, /[\x00\x80-\xff]/)
    assert.ok(Math.max(...text.split('\r\n').map((line) => line.length)) <= 998)
  }
})

test('a message between two of the three is one message, sent by the one and received by the other', () => {
  const ids = (owner: (typeof owners)[number], folder?: string) =>
    new Set(
      mailboxes[owner]
        .filter((mail) => folder === undefined || mail.folder === folder)
        .map(({ raw }) => /^Message-ID: (.*)$/im.exec(headerOf(raw))?.[1]),
    )
  assert.ok(ids('alice', 'Sent').intersection(ids('bob')).size > 50)
})

test('replies refer to messages that are there', () => {
  const known = new Set(all.map(({ raw }) => /^Message-ID: <(.*)>/im.exec(headerOf(raw))?.[1]))
  const parents = all.flatMap(({ raw }) => /^In-Reply-To: <(.*)>/im.exec(headerOf(raw))?.[1] ?? [])
  assert.ok(parents.length > 300)
  const orphans = parents.filter((id) => !known.has(id))
  assert.ok(orphans.length < parents.length / 50, `${orphans.length} of ${parents.length}`)
})

test('there is something of everything that a webmail must show', () => {
  const text = all.map(({ raw }) => raw.toString('latin1')).join('\n')
  for (const charset of [
    'utf-8',
    'iso-8859-1',
    'iso-8859-15',
    'windows-1252',
    'windows-1251',
    'iso-2022-jp',
    'shift_jis',
    'gb18030',
    'koi8-r',
  ]) {
    assert.match(text, new RegExp(`charset=${charset}`), charset)
  }
  for (const sign of [
    'format=flowed',
    'multipart/related',
    'Content-ID:',
    'text/calendar',
    'multipart/report',
    'message/rfc822',
    'List-Unsubscribe-Post:',
    'List-Id: Model Shipwrights',
    "filename*=utf-8''",
    'filename*0*=',
    'application/pdf',
    'image/png',
    'application/zip',
    'wordprocessingml',
  ]) {
    assert.ok(text.includes(sign), sign)
  }
  const folders = new Set(all.map(({ folder }) => folder))
  for (const folder of [
    'INBOX',
    'Sent',
    'Drafts',
    'Junk',
    'Archive',
    'Trash',
    'Exhibition/Loans',
    'Correspondence/Übersee',
  ])
    assert.ok(folders.has(folder), folder)
  const flags = new Set(all.flatMap((mail) => mail.flags))
  for (const flag of ['\\Seen', '\\Flagged', '\\Answered', '\\Draft', '$Junk', '$Forwarded', 'exhibition'])
    assert.ok(flags.has(flag), flag)
})

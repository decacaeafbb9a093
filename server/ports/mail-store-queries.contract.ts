// The part of the mail store's contract that asks: filters, sorts, pages and what changed in a result (RFC 8621 §4.4, RFC 8620 §5.5, 5.6).

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Comparator } from '#shared/jmap/core.ts'
import type { EmailFilter } from '#shared/jmap/mail.ts'
import {
  addMessage,
  allOf,
  failsWith,
  freshAccount,
  type MailStoreSubject,
  multipart,
  simple,
  soon,
} from '#testing/mail-store-harness.ts'
import type { EmailQuery, EmailRow } from './mail-store.ts'

/** Called inside a `describe`. */
export function mailStoreQueriesContract(subject: () => MailStoreSubject): void {
  test('each condition finds what it should, alone and joined', async () => {
    const { account, inbox, makeMailbox, find } = await freshAccount(subject())
    const archive = await makeMailbox('Keep')
    const at = (day: number) => Date.UTC(2024, 0, day, 12)
    const a = await addMessage(
      account,
      [inbox],
      simple('Quarterly report', 'Cc: carl@example.test\nX-Tag: blue\n', 'the Zebra runs'),
      {
        receivedAt: at(1),
        keywords: ['$seen'],
      },
    )
    const b = await addMessage(
      account,
      [inbox],
      simple('Re: Quarterly report', 'References: <Quarterlyreport@example.test>\n', 'Grüße vom Zoo. A zebra again.'),
      { receivedAt: at(2), keywords: ['$flagged'] },
    )
    const c = await addMessage(account, [archive], multipart, { receivedAt: at(3), keywords: ['$seen', '$flagged'] })
    const d = await addMessage(account, [inbox, archive], simple('Lunch', '', 'x'.repeat(3000)), {
      receivedAt: at(4),
    })
    const cases: readonly (readonly [EmailFilter | null, readonly EmailRow[]])[] = [
      [null, [d, c, b, a]],
      [{ inMailbox: inbox }, [d, b, a]],
      [{ inMailbox: archive }, [d, c]],
      [{ inMailbox: 'Mnone' }, []],
      [{ inMailboxOtherThan: [inbox] }, [d, c]],
      [{ before: '2024-01-03T12:00:00Z' }, [b, a]],
      [{ after: '2024-01-03T12:00:00Z' }, [d, c]],
      [{ minSize: 2000 }, [d]],
      [{ maxSize: 2000 }, [c, b, a]],
      [{ hasKeyword: '$flagged' }, [c, b]],
      [{ notKeyword: '$seen' }, [d, b]],
      [{ allInThreadHaveKeyword: '$seen' }, [c]],
      [{ someInThreadHaveKeyword: '$seen' }, [c, b, a]],
      [{ noneInThreadHaveKeyword: '$flagged' }, [d]],
      [{ hasAttachment: true }, [c]],
      [{ hasAttachment: false, inMailbox: inbox }, [d, b, a]],
      [{ text: 'zebra' }, [b, a]],
      [{ text: 'zebra grüße' }, [b]],
      [{ text: '"again zebra"' }, []],
      [{ text: 'carl' }, [a]],
      [{ from: 'ann' }, [d, c, b, a]],
      [{ to: 'nobody' }, []],
      [{ cc: 'carl@example.test' }, [a]],
      [{ subject: 'quarterly' }, [b, a]],
      [{ subject: 'file with' }, [c]],
      [{ body: 'Bremen' }, [c]],
      [{ header: ['X-Tag'] }, [a]],
      [{ header: ['X-Tag', 'BLUE'] }, [a]],
      [{ header: ['X-Tag', 'red'] }, []],
      [{ inMailbox: inbox, subject: 'report', hasKeyword: '$flagged' }, [b]],
      [{ operator: 'OR', conditions: [{ subject: 'lunch' }, { hasKeyword: '$flagged' }] }, [d, c, b]],
      [{ operator: 'NOT', conditions: [{ subject: 'lunch' }, { hasKeyword: '$flagged' }] }, [a]],
      [
        { operator: 'AND', conditions: [{ inMailbox: inbox }, { operator: 'NOT', conditions: [{ text: 'zebra' }] }] },
        [d],
      ],
    ]
    const names = new Map([a, b, c, d].map((row, index) => [row.id, 'abcd'[index]]))
    for (const [filter, wanted] of cases) {
      const { ids, total } = await find(filter)
      const found = ids.map((id) => names.get(id)).join('')
      assert.equal(found, wanted.map((row) => names.get(row.id)).join(''), JSON.stringify(filter))
      assert.equal(total, wanted.length)
    }
    await assert.rejects(find({ strange: 1 } as EmailFilter), failsWith('unsupportedFilter'))
  })

  test('text that looks like a command is text', async () => {
    const { account, inbox, find } = await freshAccount(subject())
    const { id } = await addMessage(account, [inbox], simple('hello', '', 'say "A1 LOGOUT" {3} \\ done'))
    for (const text of [
      '"',
      '\\',
      'x"\r\nA9 DELETE INBOX\r\n',
      '{100000}',
      '{5+}\r\nhello',
      '\0',
      ')',
      '* 1 FETCH',
      '\ud800',
    ]) {
      assert.ok(Array.isArray((await find({ text })).ids), text)
      await find({ header: ['Subject', text] })
    }
    await assert.rejects(find({ header: ['a b\r\n', 'x'] }), failsWith('unsupportedFilter'))
    assert.deepEqual((await find({ body: '"A1 LOGOUT"' })).ids, [id])
  })

  test('each sort orders, and equal values keep one order', async () => {
    const { account, inbox, find } = await freshAccount(subject())
    const from = (name: string, subject: string, date: string, size: number) =>
      `From: ${name}\nTo: ${name}\nSubject: ${subject}\nDate: ${date}\nMessage-ID: <${size}@x>\n\n${'y'.repeat(size)}\n`
    const a = await addMessage(
      account,
      [inbox],
      from('Zoe <a@x.test>', 'Re: beta', 'Mon, 1 Jan 2024 10:00:00 +0000', 300),
      {
        receivedAt: Date.UTC(2024, 1, 3),
        keywords: ['$flagged'],
      },
    )
    const b = await addMessage(
      account,
      [inbox],
      from('Adam <z@x.test>', 'Gamma', 'Wed, 3 Jan 2024 10:00:00 +0000', 100),
      {
        receivedAt: Date.UTC(2024, 1, 1),
      },
    )
    const c = await addMessage(account, [inbox], from('mike@x.test', 'Alpha', 'Tue, 2 Jan 2024 10:00:00 +0000', 200), {
      receivedAt: Date.UTC(2024, 1, 2),
      keywords: ['$flagged'],
    })
    const names = new Map([a, b, c].map((row, index) => [row.id, 'abc'[index]]))
    const order = async (sort: readonly Comparator[], filter: EmailFilter | null = { inMailbox: inbox }) =>
      (await find(filter, { sort })).ids.map((id) => names.get(id)).join('')
    const cases: readonly (readonly [Comparator, string])[] = [
      [{ property: 'receivedAt' }, 'bca'],
      [{ property: 'sentAt' }, 'acb'],
      [{ property: 'size' }, 'bca'],
      [{ property: 'from' }, 'bca'],
      [{ property: 'to' }, 'bca'],
      [{ property: 'subject' }, 'cab'],
    ]
    for (const [by, wanted] of cases) {
      assert.equal(await order([by]), wanted, by.property)
      assert.equal(await order([by], null), wanted, `${by.property} over all`)
      assert.equal(await order([{ ...by, isAscending: false }]), [...wanted].reverse().join(''), `${by.property} down`)
    }
    const flagged = { property: 'hasKeyword', keyword: '$flagged', isAscending: false }
    assert.equal(await order([flagged, { property: 'receivedAt', isAscending: true }]), 'cab')
    const threads = { property: 'someInThreadHaveKeyword', keyword: '$flagged' }
    assert.equal(await order([threads, { property: 'size', isAscending: false }]), 'bac')
    await assert.rejects(order([{ property: 'colour' }]), failsWith('unsupportedSort'))
  })

  test('a page is found by position, from the end, and by an anchor; threads collapse to their newest', async () => {
    const { account, inbox, find } = await freshAccount(subject())
    const rows: EmailRow[] = []
    for (let n = 0; n < 5; n++) {
      const references = n === 3 ? 'References: <message1@example.test>\n' : ''
      const raw = simple(n === 3 ? 'Re: message1' : `message${n}`, references)
      rows.unshift(await addMessage(account, [inbox], raw, { receivedAt: Date.UTC(2024, 0, n + 1) }))
    }
    const ids = rows.map((row) => row.id)
    const page = async (more: Partial<EmailQuery>) => await find({ inMailbox: inbox }, more)
    assert.deepEqual((await page({ position: 1, limit: 2 })).ids, ids.slice(1, 3))
    assert.deepEqual((await page({ position: -2 })).ids, ids.slice(3))
    const anchored = await page({ anchor: ids[2] as string, anchorOffset: -1, limit: 2 })
    assert.deepEqual([anchored.position, anchored.ids], [1, ids.slice(1, 3)])
    await assert.rejects(page({ anchor: 'Enone' }), failsWith('anchorNotFound'))
    const collapsed = await page({ collapseThreads: true })
    assert.deepEqual([collapsed.ids, collapsed.total], [[ids[0], ids[1], ids[2], ids[4]], 4])
    assert.equal((await page({ calculateTotal: false })).total, null)
    assert.deepEqual((await page({ position: 99 })).ids, [])
  })

  test('Email/queryChanges turns the old list into the new one', async () => {
    const { account, inbox, find, change } = await freshAccount(subject())
    const filter = { inMailbox: inbox, notKeyword: '$seen' }
    const rows: EmailRow[] = []
    for (let n = 0; n < 4; n++)
      rows.push(await addMessage(account, [inbox], simple(`m${n}`), { receivedAt: Date.UTC(2024, 0, n + 1) }))
    const before = await find(filter)
    const options = { maxChanges: null, upToId: null }
    const same = await account.queryChanges({ ...allOf, filter }, before.queryState, options, soon())
    assert.deepEqual([same.removed, same.added, same.newQueryState], [[], [], before.queryState])
    await change(rows[1]?.id as string, { addKeywords: ['$seen'] })
    await account.destroy([rows[3]?.id as string], soon())
    await addMessage(account, [inbox], simple('between'), { receivedAt: Date.UTC(2024, 0, 2, 12) })
    const changes = await account.queryChanges({ ...allOf, filter }, before.queryState, options, soon())
    const after = await find(filter)
    const list = before.ids.filter((id) => !changes.removed.includes(id))
    for (const { id, index } of changes.added) list.splice(index, 0, id)
    assert.deepEqual(list, after.ids)
    assert.equal(changes.newQueryState, after.queryState)
    assert.equal(changes.total, after.total)
    await assert.rejects(
      account.queryChanges({ ...allOf, filter }, 'nonsense', options, soon()),
      failsWith('cannotCalculateChanges'),
    )
    const few = { maxChanges: 1, upToId: null }
    await assert.rejects(
      account.queryChanges({ ...allOf, filter }, before.queryState, few, soon()),
      failsWith('cannotCalculateChanges'),
    )
  })
}

// What every MailStore owes, as tests: the fake in testing/ and the IMAP driver over each kind of server pass the same.

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { Failure } from '#core/errors.ts'
import type { MailboxId } from '#shared/ids.ts'
import type { Comparator } from '#shared/jmap/core.ts'
import type { EmailFilter } from '#shared/jmap/mail.ts'
import type { EmailQuery, EmailRow, MailAccount, MailLogin, MailStore } from './mail-store.ts'

export interface MailStoreSubject {
  readonly store: MailStore
  /** Another node over the same mail; the store itself where there is none. */
  readonly otherNode: MailStore
  /** The login of an account that nobody used before. */
  newLogin(): Promise<MailLogin>
  /** The same with a password that is wrong. */
  wrongLogin(): Promise<MailLogin>
  close(): Promise<void>
}

const soon = () => AbortSignal.timeout(20_000)
const allOf: Omit<EmailQuery, 'filter'> = {
  sort: [],
  collapseThreads: false,
  position: 0,
  anchor: null,
  anchorOffset: 0,
  limit: 100,
  calculateTotal: true,
}

export async function inboxOf(account: MailAccount): Promise<MailboxId> {
  const { list } = await account.mailboxes({ threads: false }, soon())
  const inbox = list.find((mailbox) => mailbox.role === 'inbox')
  assert.ok(inbox, 'an inbox')
  return inbox.id
}

export async function addMessage(
  account: MailAccount,
  mailboxIds: readonly MailboxId[],
  raw: string,
  more: { readonly keywords?: readonly string[]; readonly receivedAt?: number } = {},
): Promise<EmailRow> {
  const bytes = Buffer.from(raw.replace(/\r?\n/g, '\r\n'))
  const source = async () =>
    (async function* () {
      yield bytes
    })()
  const { keywords = [], receivedAt = null } = more
  return await account.append({ mailboxIds, keywords, receivedAt, size: bytes.length, source }, soon())
}

export async function textOf(stream: { readonly body: AsyncIterable<Uint8Array> }): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const chunk of stream.body) chunks.push(chunk)
  return Buffer.concat(chunks).toString('latin1')
}

const simple = (subject: string, more = '', body = 'Some text.') =>
  `From: Ann <ann@example.test>\nTo: Bob <bob@example.test>\nSubject: ${subject}\nDate: Tue, 14 Nov 2023 10:00:00 +0000\n` +
  `MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n` +
  `Message-ID: <${subject.replace(/\W/g, '')}@example.test>\n${more}\n${body}\n`

const multipart = `From: Ann <ann@example.test>
To: Bob <bob@example.test>
Subject: With a file
Message-ID: <file@example.test>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="=_b"

--=_b
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: quoted-printable

Gr=C3=BC=C3=9Fe aus Bremen =
und umzu
--=_b
Content-Type: application/pdf; name="plan.pdf"
Content-Disposition: attachment; filename="plan.pdf"
Content-Transfer-Encoding: base64

JVBERi0xLjQK
--=_b--
`

const failsWith = (code: Failure['code']) => (error: unknown) => error instanceof Failure && error.code === code

export function mailStoreContract(name: string, open: () => Promise<MailStoreSubject>): void {
  describe(`mail store: ${name}`, () => {
    let subject: MailStoreSubject
    let account: MailAccount
    let other: MailAccount
    let inbox: MailboxId
    before(async () => {
      subject = await open()
    })
    after(async () => {
      await subject?.close()
    })
    const fresh = async () => {
      const login = await subject.newLogin()
      account = subject.store.account(login)
      other = subject.otherNode.account(login)
      inbox = await inboxOf(account)
    }
    const makeMailbox = (mailboxName: string, parentId: MailboxId | null = null) =>
      account.createMailbox({ name: mailboxName, parentId, role: null, isSubscribed: true }, soon())
    const find = async (filter: EmailFilter | null, more: Partial<EmailQuery> = {}) =>
      await account.query({ ...allOf, filter, ...more }, soon())
    const rowOf = async (id: string, at = account) => (await at.rows([id], {}, soon()))[0]
    const change = async (id: string, what: object) => {
      const outcomes = await account.change([{ id, ...what }], soon())
      assert.equal(outcomes.get(id), null)
    }

    test('a wrong password is refused as such, a right one is taken', async () => {
      await assert.rejects(subject.store.verify(await subject.wrongLogin(), soon()), failsWith('badCredentials'))
      await subject.store.verify(await subject.newLogin(), soon())
    })

    test('there is one inbox, in which everything is allowed but to delete it', async () => {
      await fresh()
      const { list } = await account.mailboxes({ threads: true }, soon())
      const inboxes = list.filter((mailbox) => mailbox.role === 'inbox')
      assert.equal(inboxes.length, 1)
      assert.equal(inboxes[0]?.parentId, null)
      assert.equal(inboxes[0]?.totalThreads, 0)
      assert.ok(inboxes[0]?.rights.mayReadItems && inboxes[0].rights.mayAddItems && inboxes[0].rights.maySetKeywords)
    })

    test('mailboxes are made, nested, renamed and moved under one id, and deleted from the leaves', async () => {
      await fresh()
      const parent = await makeMailbox('Reisen & Ziele')
      const child = await makeMailbox('日本', parent)
      const row = await addMessage(account, [child], simple('Kyoto'))
      await assert.rejects(makeMailbox('Reisen & Ziele'), failsWith('alreadyExists'))
      await assert.rejects(makeMailbox('x', 'Mnone'), failsWith('notFound'))
      await account.updateMailbox(parent, { name: 'Urlaub' }, soon())
      const { list } = await account.mailboxes({ threads: false }, soon())
      assert.equal(list.find((mailbox) => mailbox.id === parent)?.name, 'Urlaub')
      const moved = list.find((mailbox) => mailbox.id === child)
      assert.deepEqual([moved?.name, moved?.parentId, moved?.totalEmails], ['日本', parent, 1])
      // Where a message is known by its place alone, a server that numbers anew what it renames leaves nothing to know it by.
      const { stableIds } = (await account.info(soon())).features
      const here = (await account.query({ ...allOf, filter: { inMailbox: child } }, soon())).ids
      assert.equal(here.length, 1)
      if (stableIds) assert.deepEqual(here, [row.id])
      await account.updateMailbox(child, { parentId: null, name: 'Kyoto' }, soon())
      const after = (await account.mailboxes({ threads: false }, soon())).list.find((mailbox) => mailbox.id === child)
      assert.deepEqual([after?.name, after?.parentId], ['Kyoto', null])
      const below = await makeMailbox('below', parent)
      await assert.rejects(account.destroyMailbox(parent, false, soon()), failsWith('hasChildren'))
      await assert.rejects(account.destroyMailbox(child, false, soon()), failsWith('hasContent'))
      const state = await account.emailState(soon())
      await account.destroyMailbox(child, true, soon())
      assert.equal(await rowOf(row.id), undefined)
      if (stableIds) assert.deepEqual((await account.emailChanges(state, null, soon())).destroyed, [row.id])
      await account.destroyMailbox(below, false, soon())
      await account.destroyMailbox(parent, false, soon())
      await assert.rejects(account.destroyMailbox(parent, false, soon()), failsWith('notFound'))
    })

    test('a mailbox name is one level of plain text', async () => {
      await fresh()
      for (const bad of ['', 'a\r\nb', 'a\0b', '\x1b']) {
        await assert.rejects(makeMailbox(bad), failsWith('badInput'), JSON.stringify(bad))
      }
      const id = await makeMailbox("it's (5) & äöü")
      const { list } = await account.mailboxes({ threads: false }, soon())
      assert.equal(list.find((mailbox) => mailbox.id === id)?.name, "it's (5) & äöü")
    })

    test('Mailbox/changes tells what came, went, and only counted anew, in pieces if asked', async () => {
      await fresh()
      const { state } = await account.mailboxes({ threads: false }, soon())
      const none = await account.mailboxChanges(state, null, soon())
      assert.deepEqual([none.created, none.updated, none.destroyed], [[], [], []])
      await addMessage(account, [inbox], simple('counted'))
      const counted = await account.mailboxChanges(state, null, soon())
      assert.deepEqual([counted.created, counted.updated, counted.countsOnly], [[], [inbox], true])
      const one = await makeMailbox('one')
      const two = await makeMailbox('two')
      await account.updateMailbox(one, { isSubscribed: false }, soon())
      const seen = new Set<string>()
      let since = counted.newState
      for (let round = 0; ; round++) {
        assert.ok(round < 5)
        const piece = await account.mailboxChanges(since, 1, soon())
        assert.ok(piece.created.length + piece.updated.length + piece.destroyed.length <= 1)
        for (const id of piece.created) seen.add(id)
        since = piece.newState
        if (!piece.hasMore) break
      }
      assert.deepEqual(seen, new Set([one, two]))
      await account.destroyMailbox(two, false, soon())
      assert.deepEqual((await account.mailboxChanges(since, null, soon())).destroyed, [two])
      await assert.rejects(account.mailboxChanges('nonsense', null, soon()), failsWith('cannotCalculateChanges'))
    })

    test('an appended message comes back as it was, whole, by range and by section', async () => {
      await fresh()
      const raw = multipart.replace(/\n/g, '\r\n')
      const row = await addMessage(account, [inbox], multipart, {
        keywords: ['$Flagged', 'Later'],
        receivedAt: 1_700_000_000_000,
      })
      assert.equal(row.size, raw.length)
      assert.equal(row.receivedAt, 1_700_000_000_000)
      assert.deepEqual(row.mailboxIds, [inbox])
      assert.ok(row.keywords.includes('$flagged') && !row.keywords.includes('$seen'))
      assert.equal(await textOf(await account.raw(row.id, {}, soon())), raw)
      const piece = await account.raw(row.id, { range: { start: 6, end: 30 } }, soon())
      assert.equal(await textOf(piece), raw.slice(6, 30))
      assert.equal(await textOf(await account.section(row.id, '2', 'body', soon())), 'JVBERi0xLjQK')
      assert.match(await textOf(await account.section(row.id, '2', 'mime', soon())), /Content-Disposition: attachment/)
      assert.match(await textOf(await account.section(row.id, '', 'header', soon())), /^From: Ann/)
      await assert.rejects(account.raw('Enone', {}, soon()), failsWith('notFound'))
    })

    test('rows have the list headers, the structure and a preview when asked for, and nothing for unknown ids', async () => {
      await fresh()
      const { id } = await addMessage(account, [inbox], multipart)
      const [row, ...rest] = await account.rows(
        [id, 'Enone', 'E0000000000000000000000'],
        { listHeaders: true, structure: true, preview: true },
        soon(),
      )
      assert.equal(rest.length, 0)
      assert.match(Buffer.from(row?.listHeaders ?? []).toString(), /Subject: With a file\r\n/)
      assert.doesNotMatch(Buffer.from(row?.listHeaders ?? []).toString(), /MIME-Version/)
      assert.equal(row?.preview, 'Grüße aus Bremen und umzu')
      assert.deepEqual(
        row?.structure?.children.map((child) => [child.section, child.type]),
        [
          ['1', 'text/plain'],
          ['2', 'application/pdf'],
        ],
      )
      assert.equal(row?.structure?.children[1]?.disposition?.parameters.filename, 'plan.pdf')
      const [bare] = await account.rows([id], {}, soon())
      assert.equal(bare?.listHeaders, undefined)
    })

    test('an append is refused when a mailbox is unknown or the octets are not what was said', async () => {
      await fresh()
      await assert.rejects(addMessage(account, ['Mnone'], simple('x')), failsWith('notFound'))
      const source = async () =>
        (async function* () {
          yield Buffer.from('Subject: short\r\n\r\n')
        })()
      const short = { mailboxIds: [inbox], keywords: [], receivedAt: null, size: 500, source }
      await assert.rejects(account.append(short, soon()), failsWith('badInput'))
      assert.equal((await find({ inMailbox: inbox })).total, 0)
    })

    test('keywords are set and taken away, each outcome by itself', async () => {
      await fresh()
      const one = await addMessage(account, [inbox], simple('one'))
      const two = await addMessage(account, [inbox], simple('two'), { keywords: ['$seen'] })
      const outcomes = await account.change(
        [
          { id: one.id, addKeywords: ['$seen', '$answered'] },
          { id: two.id, removeKeywords: ['$seen'], addKeywords: ['$flagged'] },
          { id: 'E0000000000000000000000', addKeywords: ['$seen'] },
        ],
        soon(),
      )
      assert.deepEqual([outcomes.get(one.id), outcomes.get(two.id)], [null, null])
      assert.equal(outcomes.get('E0000000000000000000000')?.code, 'notFound')
      assert.deepEqual((await rowOf(one.id))?.keywords, ['$answered', '$seen'])
      assert.deepEqual((await rowOf(two.id))?.keywords, ['$flagged'])
      const { features } = await account.info(soon())
      const kept = await account.change([{ id: one.id, addKeywords: ['holiday'] }], soon())
      assert.equal(kept.get(one.id) === null, features.customKeywords)
    })

    test('a message that is moved, copied and taken out of a mailbox stays one message under one id', async () => {
      await fresh()
      const archive = await makeMailbox('Keep')
      const other = await makeMailbox('Other')
      const { id } = await addMessage(account, [inbox], simple('moved'), { keywords: ['$flagged'] })
      let state = await account.emailState(soon())
      await change(id, { addMailboxes: [archive], removeMailboxes: [inbox], addKeywords: ['$seen'] })
      assert.deepEqual((await rowOf(id))?.mailboxIds, [archive])
      assert.deepEqual((await rowOf(id))?.keywords, ['$flagged', '$seen'])
      const moved = await account.emailChanges(state, null, soon())
      assert.deepEqual([moved.created, moved.updated, moved.destroyed], [[], [id], []])
      state = moved.newState
      await change(id, { addMailboxes: [other, inbox] })
      assert.deepEqual(new Set((await rowOf(id))?.mailboxIds), new Set([archive, other, inbox]))
      assert.equal((await find(null)).total, 1)
      await change(id, { removeMailboxes: [archive, inbox] })
      assert.deepEqual((await rowOf(id))?.mailboxIds, [other])
      const changes = await account.emailChanges(state, null, soon())
      assert.deepEqual([changes.created, changes.updated, changes.destroyed], [[], [id], []])
      const homeless = await account.change([{ id, removeMailboxes: [other] }], soon())
      assert.equal(homeless.get(id)?.code, 'badInput')
      assert.deepEqual((await rowOf(id))?.mailboxIds, [other])
    })

    test('Email/changes tells creations, updates and ends; what came and went between is not told', async () => {
      await fresh()
      const old = await addMessage(account, [inbox], simple('old'))
      const doomed = await addMessage(account, [inbox], simple('doomed'))
      const state = await account.emailState(soon())
      assert.equal((await account.emailChanges(state, null, soon())).newState, state)
      const made = await addMessage(account, [inbox], simple('made'))
      const brief = await addMessage(account, [inbox], simple('brief'))
      await change(old.id, { addKeywords: ['$seen'] })
      const outcomes = await account.destroy([doomed.id, brief.id], soon())
      assert.deepEqual([...outcomes.values()], [null, null])
      const changes = await account.emailChanges(state, null, soon())
      assert.deepEqual([changes.created, changes.updated, changes.destroyed], [[made.id], [old.id], [doomed.id]])
      assert.equal(changes.newState, await account.emailState(soon()))
      assert.equal((await account.destroy([doomed.id], soon())).get(doomed.id)?.code, 'notFound')
      const told = new Set<string>()
      let since = state
      for (let round = 0; ; round++) {
        assert.ok(round < 10)
        const piece = await account.emailChanges(since, 1, soon())
        const ids = [...piece.created, ...piece.updated, ...piece.destroyed]
        assert.ok(ids.length <= 1)
        for (const id of ids) told.add(id)
        since = piece.newState
        if (!piece.hasMore) break
      }
      // RFC 8620 §5.2 only wants what came and went left out where it can be; in pieces a state stands between the two.
      told.delete(brief.id)
      assert.deepEqual(told, new Set([made.id, old.id, doomed.id]))
      await assert.rejects(account.emailChanges('nonsense', null, soon()), failsWith('cannotCalculateChanges'))
    })

    test('threads join what answers, across mailboxes, oldest first; Thread/changes follows their members', async () => {
      await fresh()
      const archive = await makeMailbox('Keep')
      const first = await addMessage(account, [inbox], simple('Root'), { receivedAt: 1_700_000_000_000 })
      const state = await account.emailState(soon())
      const answer = 'In-Reply-To: <Root@example.test>\nReferences: <Root@example.test>\n'
      const second = await addMessage(account, [archive], simple('Re: Root', answer), { receivedAt: 1_700_000_100_000 })
      const alone = await addMessage(account, [inbox], simple('Alone'))
      assert.equal(first.threadId, second.threadId)
      assert.notEqual(first.threadId, alone.threadId)
      const threads = await account.threads([first.threadId, 'T00000000000'], soon())
      assert.deepEqual([...threads], [[first.threadId, [first.id, second.id]]])
      const changes = await account.threadChanges(state, null, soon())
      const touched = new Set([...changes.created, ...changes.updated])
      assert.deepEqual(touched, new Set([first.threadId, alone.threadId]))
      await account.destroy([alone.id], soon())
      assert.deepEqual((await account.threadChanges(changes.newState, null, soon())).destroyed, [alone.threadId])
    })

    test('each condition finds what it should, alone and joined', async () => {
      await fresh()
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
      await fresh()
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
      await fresh()
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
      const c = await addMessage(
        account,
        [inbox],
        from('mike@x.test', 'Alpha', 'Tue, 2 Jan 2024 10:00:00 +0000', 200),
        {
          receivedAt: Date.UTC(2024, 1, 2),
          keywords: ['$flagged'],
        },
      )
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
        assert.equal(
          await order([{ ...by, isAscending: false }]),
          [...wanted].reverse().join(''),
          `${by.property} down`,
        )
      }
      const flagged = { property: 'hasKeyword', keyword: '$flagged', isAscending: false }
      assert.equal(await order([flagged, { property: 'receivedAt', isAscending: true }]), 'cab')
      const threads = { property: 'someInThreadHaveKeyword', keyword: '$flagged' }
      assert.equal(await order([threads, { property: 'size', isAscending: false }]), 'bac')
      await assert.rejects(order([{ property: 'colour' }]), failsWith('unsupportedSort'))
    })

    test('a page is found by position, from the end, and by an anchor; threads collapse to their newest', async () => {
      await fresh()
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
      await fresh()
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

    test('a message is found by its Message-ID, newest first, in one mailbox or in all', async () => {
      await fresh()
      const archive = await makeMailbox('Keep')
      const one = await addMessage(account, [inbox], simple('twice'), { receivedAt: 1_700_000_000_000 })
      const two = await addMessage(account, [archive], `X-Other: 1\n${simple('twice')}`, {
        receivedAt: 1_700_000_500_000,
      })
      assert.deepEqual(await account.findByMessageId('<twice@example.test>', null, soon()), [two.id, one.id])
      assert.deepEqual(await account.findByMessageId('<twice@example.test>', inbox, soon()), [one.id])
      assert.deepEqual(await account.findByMessageId('<none@example.test>', null, soon()), [])
    })

    test('what was written on one node is read on the other at once, by id, by query and by state', async () => {
      await fresh()
      await inboxOf(other)
      for (let n = 0; n < 3; n++) {
        const state = await account.emailState(soon())
        const row = await addMessage(account, [inbox], simple(`node${n}`))
        assert.deepEqual((await rowOf(row.id, other))?.mailboxIds, [inbox])
        assert.ok((await other.query({ ...allOf, filter: { inMailbox: inbox } }, soon())).ids.includes(row.id))
        await change(row.id, { addKeywords: ['$seen'] })
        assert.deepEqual((await rowOf(row.id, other))?.keywords, ['$seen'])
        const { features } = await account.info(soon())
        // Without MODSEQ a state means something on the node that gave it alone: it says so, it does not guess.
        if (subject.store === subject.otherNode || features.condstore) {
          assert.deepEqual((await other.emailChanges(state, null, soon())).created, [row.id])
        } else await assert.rejects(other.emailChanges(state, null, soon()), failsWith('cannotCalculateChanges'))
        const mailboxes = await other.mailboxes({ threads: false }, soon())
        assert.equal(mailboxes.list.find((mailbox) => mailbox.id === inbox)?.totalEmails, n + 1)
        await account.change([{ id: row.id, removeKeywords: ['$seen'] }], soon())
        assert.deepEqual((await rowOf(row.id, other))?.keywords, [])
      }
    })

    test('a listener hears of our changes and of the other node within two seconds, and of nothing after it stopped', async () => {
      await fresh()
      const heard = new Set<string>()
      let waiting: (() => void) | null = null
      const stop = account.watch((types) => {
        for (const type of types) heard.add(type)
        if (heard.has('Email') && heard.has('Mailbox')) waiting?.()
      })
      const next = (work: Promise<unknown>) => {
        heard.clear()
        return Promise.race([
          Promise.all([work, new Promise<void>((resolve) => void (waiting = resolve))]),
          new Promise((_, reject) => setTimeout(() => reject(new Error('nothing heard')), 4000).unref()),
        ])
      }
      // The watching connection takes its time to stand.
      await new Promise((resolve) => setTimeout(resolve, 500))
      await next(addMessage(account, [inbox], simple('ours')))
      await next(addMessage(other, [inbox], simple('theirs')))
      stop()
      heard.clear()
      await addMessage(account, [inbox], simple('unheard'))
      await new Promise((resolve) => setTimeout(resolve, 200))
      assert.equal(heard.size, 0)
    })

    test('who has gone away gets nothing and disturbs nobody', async () => {
      await fresh()
      const gone = AbortSignal.abort()
      await assert.rejects(account.emailState(gone), failsWith('canceled'))
      await assert.rejects(account.mailboxes({ threads: false }, gone), failsWith('canceled'))
      await addMessage(account, [inbox], simple('still here'))
      assert.equal((await find({ inMailbox: inbox })).total, 1)
    })

    test('a large message streams in and out', async () => {
      await fresh()
      const line = Buffer.from(`${'0123456789abcdef'.repeat(4)}\r\n`.repeat(1000))
      const head = Buffer.from('Subject: large\r\n\r\n')
      const source = async () =>
        (async function* () {
          yield head
          for (let n = 0; n < 80; n++) yield line
        })()
      const size = head.length + 80 * line.length
      const row = await account.append({ mailboxIds: [inbox], keywords: [], receivedAt: null, size, source }, soon())
      assert.equal(row.size, size)
      let octets = 0
      for await (const chunk of (await account.raw(row.id, {}, soon())).body) octets += chunk.length
      assert.equal(octets, size)
    })

    test('quota is told in octets and counts, where there is any', async () => {
      await fresh()
      for (const row of await account.quota(soon())) {
        assert.ok(['octets', 'count'].includes(row.resource) && row.used >= 0 && row.limit > 0)
      }
    })
  })
}

// What every MailStore owes, as tests: the fake in testing/ and the IMAP driver over each kind of server pass the same.

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import {
  addMessage,
  allOf,
  failsWith,
  freshAccount,
  inboxOf,
  type MailStoreSubject,
  multipart,
  simple,
  soon,
  textOf,
} from '#testing/mail-store-harness.ts'
import { mailStoreQueriesContract } from './mail-store-queries.contract.ts'
import { mailStoreSizesContract } from './mail-store-sizes.contract.ts'

export function mailStoreContract(name: string, open: () => Promise<MailStoreSubject>): void {
  describe(`mail store: ${name}`, () => {
    let subject: MailStoreSubject
    before(async () => {
      subject = await open()
    })
    after(async () => {
      await subject?.close()
    })
    test('a wrong password is refused as such, a right one is taken', async () => {
      await assert.rejects(subject.store.verify(await subject.wrongLogin(), soon()), failsWith('badCredentials'))
      await subject.store.verify(await subject.newLogin(), soon())
    })

    test('there is one inbox, in which everything is allowed but to delete it', async () => {
      const { account } = await freshAccount(subject)
      const { list } = await account.mailboxes({ threads: true }, soon())
      const inboxes = list.filter((mailbox) => mailbox.role === 'inbox')
      assert.equal(inboxes.length, 1)
      assert.equal(inboxes[0]?.parentId, null)
      assert.equal(inboxes[0]?.totalThreads, 0)
      assert.ok(inboxes[0]?.rights.mayReadItems && inboxes[0].rights.mayAddItems && inboxes[0].rights.maySetKeywords)
    })

    test('mailboxes are made, nested, renamed and moved under one id, and deleted from the leaves', async () => {
      const { account, makeMailbox, rowOf } = await freshAccount(subject)
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
      const { account, makeMailbox } = await freshAccount(subject)
      for (const bad of ['', 'a\r\nb', 'a\0b', '\x1b']) {
        await assert.rejects(makeMailbox(bad), failsWith('badInput'), JSON.stringify(bad))
      }
      const id = await makeMailbox("it's (5) & äöü")
      const { list } = await account.mailboxes({ threads: false }, soon())
      assert.equal(list.find((mailbox) => mailbox.id === id)?.name, "it's (5) & äöü")
    })

    test('Mailbox/changes tells what came, went, and only counted anew, in pieces if asked', async () => {
      const { account, inbox, makeMailbox } = await freshAccount(subject)
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
      const { account, inbox } = await freshAccount(subject)
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
      const { account, inbox } = await freshAccount(subject)
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
      const { account, inbox, find } = await freshAccount(subject)
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
      const { account, inbox, rowOf } = await freshAccount(subject)
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
      const { account, inbox, makeMailbox, find, rowOf, change } = await freshAccount(subject)
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
      const { account, inbox, change } = await freshAccount(subject)
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
      const { account, inbox, makeMailbox } = await freshAccount(subject)
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

    mailStoreQueriesContract(() => subject)
    mailStoreSizesContract(() => subject)

    test('a message is found by its Message-ID, newest first, in one mailbox or in all', async () => {
      const { account, inbox, makeMailbox } = await freshAccount(subject)
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
      const { account, other, inbox, rowOf, change } = await freshAccount(subject)
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

    test('within one request the state moves with each change', async () => {
      const { account, inbox } = await freshAccount(subject)
      const { id } = await addMessage(account, [inbox], simple('stateful'))
      // As by then any client has looked at its mail.
      await account.threads([], soon())
      for (const what of [{ addKeywords: ['$seen'] }, { removeKeywords: ['$seen'], addKeywords: ['$flagged'] }]) {
        const request = soon()
        const before = await account.emailState(request)
        await account.change([{ id, ...what }], request)
        const after = await account.emailState(request)
        assert.notEqual(after, before)
        assert.deepEqual((await account.emailChanges(before, null, request)).updated, [id])
        assert.deepEqual((await account.emailChanges(after, null, soon())).updated, [])
      }
      const request = soon()
      const before = await account.emailState(request)
      await account.destroy([id], request)
      const after = await account.emailState(request)
      assert.notEqual(after, before)
      assert.deepEqual((await account.emailChanges(before, null, request)).destroyed, [id])
      assert.deepEqual((await account.emailChanges(after, null, soon())).destroyed, [])
    })

    test('a listener hears of our changes and of the other node within two seconds, and of nothing after it stopped', async () => {
      const { account, other, inbox } = await freshAccount(subject)
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
      const { account, inbox, find } = await freshAccount(subject)
      const gone = AbortSignal.abort()
      await assert.rejects(account.emailState(gone), failsWith('canceled'))
      await assert.rejects(account.mailboxes({ threads: false }, gone), failsWith('canceled'))
      await addMessage(account, [inbox], simple('still here'))
      assert.equal((await find({ inMailbox: inbox })).total, 1)
    })

    test('a large message streams in and out', async () => {
      const { account, inbox } = await freshAccount(subject)
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
      const { account } = await freshAccount(subject)
      for (const row of await account.quota(soon())) {
        assert.ok(['octets', 'count'].includes(row.resource) && row.used >= 0 && row.limit > 0)
      }
    })
  })
}

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { JmapError } from '../jmap/methods.ts'
import { emptyDraft } from './draft.ts'
import { type KeeperDeps, openDraftKeeper } from './draft-keeper.ts'
import type { LocalDraft } from './local-drafts.ts'

/** A server with nothing but drafts, and clocks that stand until they are turned. */
function open(initialId: string | null = null) {
  const emails = new Map<string, unknown>()
  if (initialId) emails.set(initialId, { subject: 'old' })
  const calls: string[] = []
  const locals = new Map<string, LocalDraft>()
  const timers = new Set<{ run: () => void; ms: number }>()
  const server = { isDown: false, refuses: false, next: 1, beforeDestroy: () => {} }
  const client = {
    accountId: 'a',
    async call(name: string, args: { ids?: string[]; create?: Record<string, unknown>; destroy?: string[] }) {
      if (server.isDown) throw new JmapError('network')
      if (name === 'Email/get') {
        const found = args.ids!.filter((id) => emails.has(id))
        return { list: found.map((id) => ({ id, keywords: { $draft: true } })) }
      }
      if (args.create) {
        if (server.refuses) return { created: null, notCreated: { draft: { type: 'overQuota', description: 'full' } } }
        const id = `e${server.next++}`
        emails.set(id, args.create.draft)
        calls.push(`create ${id}`)
        return { created: { draft: { id } } }
      }
      server.beforeDestroy()
      const [id] = args.destroy!
      calls.push(`destroy ${id}`)
      return emails.delete(id!) ? { destroyed: [id] } : { notDestroyed: { [id!]: { type: 'notFound' } } }
    },
  }
  const keeper = openDraftKeeper(
    {
      client: client as unknown as KeeperDeps['client'],
      draftsId: () => 'drafts',
      identityOf: () => null,
      local: {
        async keep(local) {
          locals.set(local.key, local)
        },
        async forget(key) {
          locals.delete(key)
        },
      },
      now: () => 0,
      sleep: () => Promise.resolve(),
      setTimer(run, ms) {
        const timer = { run, ms }
        timers.add(timer)
        return () => timers.delete(timer)
      },
    },
    draft('start'),
    initialId,
  )
  const elapse = async () => {
    for (const timer of [...timers].sort((a, b) => a.ms - b.ms)) {
      if (timers.delete(timer)) timer.run()
    }
    for (let n = 0; n < 10; n++) await turn()
  }
  return { keeper, emails, calls, locals, server, elapse }
}

const draft = (subject: string) => ({ ...emptyDraft('m@x'), format: 'plain' as const, subject })
const subjects = (emails: Map<string, unknown>) =>
  [...emails.values()].map((email) => (email as { subject: string }).subject)

test('a change is kept in the browser first, then on the server, and then no longer in the browser', async () => {
  const { keeper, emails, locals, elapse, server } = open()
  server.isDown = true
  keeper.change(draft('one'))
  await elapse()
  assert.equal(locals.get('m@x')?.draft.subject, 'one')
  assert.equal(keeper.state().kind, 'local')
  server.isDown = false
  await elapse()
  assert.deepEqual(subjects(emails), ['one'])
  assert.equal(locals.size, 0)
  assert.equal(keeper.state().kind, 'saved')
})

test('saving again creates the new one before it destroys the old one', async () => {
  const { keeper, emails, calls, elapse } = open()
  keeper.change(draft('one'))
  await elapse()
  keeper.change(draft('two'))
  await elapse()
  assert.deepEqual(calls, ['create e1', 'create e2', 'destroy e1'])
  assert.deepEqual(subjects(emails), ['two'])
  assert.equal(keeper.emailId(), 'e2')
})

test('a creation that is refused leaves the old draft, and is told', async () => {
  const { keeper, emails, elapse, server } = open('e0')
  server.refuses = true
  keeper.change(draft('one'))
  await elapse()
  assert.deepEqual(keeper.state(), { kind: 'refused', reason: 'full' })
  assert.deepEqual(subjects(emails), ['old'])
})

test('a draft that was changed elsewhere is not overwritten: the later one is told', async () => {
  const { keeper, emails, calls, locals, elapse } = open('e0')
  emails.delete('e0')
  emails.set('other', { subject: 'theirs' })
  keeper.change(draft('mine'))
  await elapse()
  assert.equal(keeper.state().kind, 'conflict')
  assert.deepEqual(calls, [])
  keeper.change(draft('mine, more'))
  await elapse()
  assert.deepEqual(subjects(emails), ['theirs'])
  assert.equal(locals.get('m@x')?.draft.subject, 'mine, more', 'what I type is still kept here')
  await assert.rejects(keeper.save())
  keeper.keepMine()
  await elapse()
  assert.deepEqual(subjects(emails).sort(), ['mine, more', 'theirs'])
})

test('two that save in the same moment both keep their text, and one is told', async () => {
  const { keeper, emails, elapse, server } = open('e0')
  server.beforeDestroy = () => {
    emails.delete('e0')
    emails.set('other', { subject: 'theirs' })
  }
  keeper.change(draft('mine'))
  await elapse()
  assert.equal(keeper.state().kind, 'conflict')
  assert.deepEqual(subjects(emails).sort(), ['mine', 'theirs'])
})

test('what is typed while a saving is on its way is saved next', async () => {
  const { keeper, emails, elapse } = open()
  keeper.change(draft('one'))
  const saving = keeper.save()
  keeper.change(draft('two'))
  await saving
  assert.equal(keeper.state().kind, 'changed')
  await elapse()
  assert.deepEqual(subjects(emails), ['two'])
})

test('closing with the server away leaves the local copy; discarding leaves nothing', async () => {
  const away = open()
  away.keeper.change(draft('one'))
  away.server.isDown = true
  await assert.rejects(away.keeper.close())
  assert.equal(away.locals.size, 1)
  const other = open('e0')
  other.keeper.change(draft('one'))
  await other.elapse()
  await other.keeper.discard()
  assert.equal(other.emails.size + other.locals.size, 0)
})

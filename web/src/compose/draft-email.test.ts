import assert from 'node:assert/strict'
import { test } from 'node:test'
import { emptyDraft } from './draft.ts'
import { draftNote, draftToEmail, readDraftNote } from './draft-email.ts'

test('a draft remembers what is answered, what is forwarded and that its delivery shall be told', () => {
  const wishes = { answered: ['Ea_1'], forwarded: ['E-2', 'E3'], wantsDeliveryStatus: true }
  assert.deepEqual(readDraftNote(draftNote(wishes)), wishes)
  const email = draftToEmail({ ...emptyDraft('a@b'), format: 'plain', ...wishes }, null, { draftsId: 'd' })
  assert.equal(email['header:X-Paquebot-Draft:asText'], 'dsn answered=Ea_1 forwarded=E-2 forwarded=E3')
  assert.ok(
    !(
      'header:X-Paquebot-Draft:asText' in
      draftToEmail({ ...emptyDraft('a@b'), format: 'plain' }, null, { draftsId: 'd' })
    ),
  )
})

test('a note of somebody else’s making names no more than ids', () => {
  assert.deepEqual(readDraftNote('dsnx answered=a/b answered= forwarded=<x> other=1'), {
    answered: [],
    forwarded: [],
    wantsDeliveryStatus: false,
  })
})

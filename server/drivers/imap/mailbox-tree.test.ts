import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { MailboxInfo } from './engine/types.ts'
import { buildTree, emptyTree, mailboxKey, rightsOf } from './mailbox-tree.ts'

let validity = 100
const info = (name: string, attributes: readonly string[] = [], delimiter = '/'): MailboxInfo => ({
  name,
  delimiter,
  attributes,
  oldName: null,
  isSubscribed: true,
  status: attributes.includes('\\noselect')
    ? null
    : {
        mailbox: name,
        messages: 0,
        uidNext: 1,
        uidValidity: validity++,
        unseen: 0,
        highestModseq: 1n,
        size: null,
        mailboxId: null,
      },
})
const kept = {
  aliases: new Map<string, string>(),
  roles: new Map<string, string>(),
  rights: new Map<string, string>(),
  before: emptyTree,
}
const plain = { personal: [{ prefix: '', delimiter: '/' }], others: [], shared: [] }

test('levels come from the delimiter, missing parents are skipped, and a prefix is no parent', () => {
  const tree = buildTree(
    [info('inbox'), info('a', ['\\noselect']), info('a/b'), info('x/y/z'), info('INBOX/sub')],
    plain,
    kept,
  )
  const at = (path: string) => tree.byPath.get(path)
  assert.deepEqual([at('INBOX')?.name, at('INBOX')?.role], ['Inbox', 'inbox'])
  assert.deepEqual([at('a/b')?.name, at('a/b')?.parentId], ['b', at('a')?.id])
  assert.deepEqual([at('x/y/z')?.name, at('x/y/z')?.parentId], ['x/y/z', null])
  assert.equal(at('INBOX/sub')?.parentId, at('INBOX')?.id)
  assert.equal(at('a')?.rights.mayReadItems, false)

  const courier = { personal: [{ prefix: 'INBOX.', delimiter: '.' }], others: [], shared: [] }
  const dotted = buildTree(
    [info('INBOX', [], '.'), info('INBOX.Sent', [], '.'), info('INBOX.a.b', [], '.'), info('INBOX.a', [], '.')],
    courier,
    kept,
  )
  assert.deepEqual([dotted.byPath.get('INBOX.Sent')?.parentId, dotted.byPath.get('INBOX.Sent')?.role], [null, 'sent'])
  assert.equal(dotted.byPath.get('INBOX.a.b')?.parentId, dotted.byPath.get('INBOX.a')?.id)
})

test('a role is given once: by the server, by us, then by name', () => {
  const tree = buildTree(
    [info('INBOX'), info('Gesendet'), info('Sent', ['\\sent']), info('Papierkorb'), info('Spam')],
    plain,
    kept,
  )
  const roles = Object.fromEntries([...tree.byPath].map(([path, mailbox]) => [path, mailbox.role]))
  assert.deepEqual(roles, { INBOX: 'inbox', Gesendet: null, Sent: 'sent', Papierkorb: 'trash', Spam: 'junk' })
  const spam = tree.byPath.get('Spam')?.id ?? ''
  const again = buildTree(
    [
      info('INBOX'),
      ...[...tree.byPath.values()].flatMap((one) =>
        one.path === 'Spam' ? [{ ...info('Spam'), status: one.status }] : [],
      ),
    ],
    plain,
    {
      ...kept,
      roles: new Map([[spam, 'none']]),
    },
  )
  assert.equal(again.byPath.get('Spam')?.role, null)
})

test('a renamed mailbox keeps its id by its alias; another made under its old name in the same second gets its own', () => {
  const first = buildTree([info('old')], plain, kept)
  const id = first.byPath.get('old')?.id ?? ''
  const status = first.byPath.get('old')?.status ?? null
  const aliases = new Map([[mailboxKey('new', status?.uidValidity ?? 0), id]])
  const second = buildTree(
    [
      { ...info('old'), status },
      { ...info('new'), status },
    ],
    plain,
    { ...kept, aliases },
  )
  assert.equal(second.byPath.get('new')?.id, id)
  assert.notEqual(second.byPath.get('old')?.id, id)
  assert.equal(second.byId.size, 2)
})

test('rights follow the letters of RFC 4314, and of RFC 2086 before it', () => {
  const mailbox = { path: 'x', isSelectable: true, mayHaveChildren: true }
  assert.deepEqual(rightsOf('lr', mailbox), {
    mayReadItems: true,
    mayAddItems: false,
    mayRemoveItems: false,
    maySetSeen: false,
    maySetKeywords: false,
    mayCreateChild: false,
    mayRename: false,
    mayDelete: false,
    maySubmit: false,
  })
  assert.equal(rightsOf('lrte', mailbox).mayRemoveItems, true)
  assert.equal(rightsOf('lrt', mailbox).mayRemoveItems, false)
  assert.equal(rightsOf('lrdc', mailbox).mayRemoveItems, true)
  // As Dovecot tells t and e, with the old letter beside them.
  assert.equal(rightsOf('lrwstied', mailbox).mayRemoveItems, true)
  assert.equal(rightsOf('lrwstied', mailbox).mayDelete, false)
  assert.equal(rightsOf(null, { ...mailbox, path: 'INBOX' }).mayDelete, false)
})

// JMAP Mail from outside, over a real Dovecot with all it can and over one that is bare IMAP4rev1: the same tests as over the store
// in memory.

import { after, before, describe } from 'node:test'
import { type DovecotServer, startDovecot } from '#testing/servers/dovecot.ts'
import { startWholeNode } from '#testing/whole-node.ts'
import { emailGetTests } from './mail-email-get.contract.ts'
import { emailImportTests } from './mail-email-import.contract.ts'
import { emailQueryTests } from './mail-email-query.contract.ts'
import { emailSetTests } from './mail-email-set.contract.ts'
import { mailboxTests } from './mail-mailbox.contract.ts'
import { threadAndSnippetTests } from './mail-thread-snippet.contract.ts'
import { openMailWorld } from './mail-world.ts'

for (const flavour of ['full', 'bare'] as const) {
  describe(`Dovecot, ${flavour}`, () => {
    let dovecot: DovecotServer
    before(async () => {
      dovecot = await startDovecot({ flavour, users: { 'alice@example.test': 'demo' } })
    })
    after(() => dovecot.stop())

    const open = async () => {
      const { host, imapPort } = dovecot
      const config = { jmap: { maxObjectsInGet: 50, maxObjectsInSet: 50 } }
      return openMailWorld(await startWholeNode({ host, imapPort, smtpPort: 1, config }))
    }
    describe('mailboxes', () => mailboxTests(open))
    describe('reading', () => emailGetTests(open))
    describe('threads and snippets', () => threadAndSnippetTests(open))
    describe('writing', () => emailSetTests(open, { hasModseq: flavour === 'full' }))
    describe('importing', () => emailImportTests(open))
    describe('finding', () => emailQueryTests(open))
  })
}

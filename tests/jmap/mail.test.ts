// JMAP Mail from outside, over the mail store in memory.

import { describe } from 'node:test'
import { startTestNode } from '#testing/node.ts'
import { emailGetTests } from './mail-email-get.contract.ts'
import { emailImportTests } from './mail-email-import.contract.ts'
import { emailQueryTests } from './mail-email-query.contract.ts'
import { emailSetTests } from './mail-email-set.contract.ts'
import { mailboxTests } from './mail-mailbox.contract.ts'
import { threadAndSnippetTests } from './mail-thread-snippet.contract.ts'
import { openMailWorld } from './mail-world.ts'

const open = async () => openMailWorld(await startTestNode())

describe('mailboxes', () => mailboxTests(open))
describe('reading', () => emailGetTests(open))
describe('threads and snippets', () => threadAndSnippetTests(open))
describe('writing', () => emailSetTests(open))
describe('importing', () => emailImportTests(open))
describe('finding', () => emailQueryTests(open))

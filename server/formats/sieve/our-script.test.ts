import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isFailure } from '#core/errors.ts'
import { type KeptRule, noRules, readRules } from './filter-rules.ts'
import { fuzzOurScript } from './our-script.fuzz.ts'
import { makeOurScript, type OurScript, readOurScript } from './our-script.ts'

const away = { isEnabled: true, fromDate: null, toDate: null, subject: null, textBody: 'Away', htmlBody: null }
const here = { ...away, isEnabled: false }
const options = { addresses: ['me@x.test'], extensions: ['mailbox'] }
const linesOf = (ours: OurScript) => makeOurScript(ours, options).script.split('\r\n').slice(2, -1)
const rule = (over: Partial<KeptRule> = {}): KeptRule => ({
  id: '1',
  name: 'Lists',
  isEnabled: true,
  match: 'all',
  conditions: [{ field: 'listId', op: 'is', value: 'dev.x.test', header: null }],
  actions: [{ type: 'move', mailbox: 'Lists/dev' }],
  stops: false,
  ...over,
})

test('whatever is typed stays in its string and is read back; no damage is taken for our work', () => {
  const { made, lost, escaped, fooled } = fuzzOurScript(2000, 20261201)
  assert.deepEqual([made, lost[0], escaped[0], fooled[0]], [2000, undefined, undefined, undefined])
})

test('a script of all parts: blocked, refused, answered, forwarded, filed, then the person’s own', () => {
  const refuses = rule({
    id: '2',
    name: 'No\r\nthanks',
    conditions: [{ field: 'from', op: 'is', value: '@spam.test', header: null }],
    actions: [{ type: 'reject', reason: 'No.' }],
  })
  const ours = {
    vacation: away,
    rules: {
      rules: [
        rule({
          stops: true,
          actions: [
            { type: 'move', mailbox: 'Lists/dev' },
            { type: 'keyword', keyword: '$seen' },
          ],
        }),
        refuses,
        rule({ id: '3', isEnabled: false }),
      ],
      forwarding: { isEnabled: true, emails: ['other@x.test'], keepsCopy: true },
      blocked: { senders: ['bad@x.test', '@worse.test'], target: { mailbox: 'Junk' } },
    },
    include: 'mine',
  }
  assert.deepEqual(linesOf(ours), [
    'require ["fileinto", "mailbox", "reject", "vacation", "copy", "imap4flags", "include"];',
    '# Blocked senders',
    'if allof(mailboxexists "Junk", anyof(address :is :all "From" ["bad@x.test"], address :is :domain "From" ["worse.test"], address :matches :domain "From" ["*.worse.test"])) {',
    '  fileinto "Junk";',
    '  stop;',
    '}',
    '# No thanks',
    'if allof(not header :contains ["List-Id"] "<dev.x.test>", address :is :domain ["From"] "spam.test") {',
    '  reject "No.";',
    '  stop;',
    '}',
    'vacation :days 7 :addresses ["me@x.test"] "Away";',
    '# Forwarding',
    'redirect :copy "other@x.test";',
    '# Lists',
    'if allof(mailboxexists "Lists/dev", header :contains ["List-Id"] "<dev.x.test>") {',
    '  addflag "\\\\Seen";',
    '  fileinto "Lists/dev";',
    '  stop;',
    '}',
    'include :personal :optional "mine";',
  ])
})

test('forwarding without a copy stops, so that nothing files one', () => {
  const forwarding = { isEnabled: true, emails: ['a@x.test', 'b@x.test'], keepsCopy: false }
  const lines = linesOf({ vacation: here, rules: { ...noRules, forwarding }, include: null })
  assert.deepEqual(lines, ['# Forwarding', 'redirect "a@x.test";', 'redirect "b@x.test";', 'stop;'])
})

test('line ends are no damage; a changed line is', () => {
  const ours = { vacation: here, rules: { ...noRules, rules: [rule()] }, include: null }
  const { script } = makeOurScript(ours, options)
  assert.deepEqual(readOurScript(script.replaceAll('\r\n', '\n').trimEnd()), ours)
  assert.equal(readOurScript(script.replace('Lists/dev', 'Lists/other')), null)
})

test('the answer that was written before there were rules is read on', () => {
  const state = { vacation: { textBody: 'Away', subject: 5 }, include: 'mine' }
  const script = `# paquebot-vacation-1 ${Buffer.from(JSON.stringify(state)).toString('base64url')}\r\nvacation "Away";\r\n`
  assert.deepEqual(readOurScript(script), { vacation: away, rules: noRules, include: 'mine' })
})

test('a script of somebody else’s, and a damaged one of ours, are not ours', () => {
  for (const script of ['', 'keep;', '# paquebot-vacation-1 !!!!\r\nkeep;', '# paquebot-2 x e30\r\n', '# paquebot-2']) {
    assert.equal(readOurScript(script), null, script)
  }
})

test('what does not fit is refused by its path', () => {
  const refused = (over: Partial<Record<keyof KeptRule, unknown>>, path: string) =>
    assert.throws(
      () => readRules({ ...noRules, rules: [{ ...rule(), ...over }] }),
      (e) => isFailure(e, 'badInput') && String(e.detail.description).startsWith(path),
      path,
    )
  refused({ name: 5 }, 'rules/0/name')
  refused({ match: 'some' }, 'rules/0/match')
  refused({ actions: [] }, 'rules/0/actions')
  refused({ actions: [{ type: 'forward', email: 'a@x.test, b@x.test', keepsCopy: true }] }, 'rules/0/actions/0/email')
  refused({ actions: [{ type: 'keyword', keyword: 'a"b' }] }, 'rules/0/actions/0/keyword')
  refused({ actions: [{ type: 'reject', reason: 'x' }, { type: 'discard' }] }, 'rules/0/actions')
  refused({ conditions: [{ field: 'header', op: 'is', value: 'x', header: 'X:\r\nY' }] }, 'rules/0/conditions/0/header')
  refused({ conditions: [{ field: 'size', op: 'over', size: -1 }] }, 'rules/0/conditions/0/size')
  refused({ conditions: [{ field: 'body', op: 'is', value: 'x', header: null }] }, 'rules/0/conditions/0/op')
  const list = (path: string, value: object) =>
    assert.throws(
      () => readRules({ ...noRules, ...value }),
      (e) => isFailure(e, 'badInput') && String(e.detail.description).startsWith(path),
      path,
    )
  list('rules', { rules: [rule(), rule()] })
  list('forwarding/emails', { forwarding: { isEnabled: true, emails: [], keepsCopy: true } })
  list('blocked/senders/0', { blocked: { senders: ['no address'], target: { mailbox: 'x' } } })
  list('blocked/target', { blocked: { senders: ['@x.test'], target: null } })
})

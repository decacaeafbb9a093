import assert from 'node:assert/strict'
import { test } from 'node:test'
import { believedResults, parseAuthenticationResults, parseDkimSignature } from './authentication.ts'
import { parseHeaderFields } from './header-fields.ts'

test('a DKIM-Signature tells its domain, the fields it covers and its value', () => {
  const value = ' v=1; a=rsa-sha256; d=News.Example; s=x; h=From : To:List-Unsubscribe; bh=aa==; b=Ab C\t/d=='
  assert.deepEqual(parseDkimSignature(value), {
    domain: 'news.example',
    signedFields: ['from', 'to', 'list-unsubscribe'],
    signature: 'AbC/d==',
  })
  assert.equal(parseDkimSignature('v=1; d=a.example; b=x'), null, 'no h=')
  assert.equal(parseDkimSignature('d=a.example; d=b.example; h=from; b=x'), null, 'twice d=')
})

test('Authentication-Results are read past comments, versions, quotes and reasons', () => {
  const value =
    ' mx.example.org 1; spf=pass (a; dkim=pass) smtp.mailfrom=a.example; dkim=fail reason="bad; dkim=pass" header.d=b.example;\tDKIM/1 = Pass header.i=@a.example header.d="a.example" header.b=Ab+C/d='
  const parsed = parseAuthenticationResults(value)
  assert.equal(parsed?.authservId, 'mx.example.org')
  assert.deepEqual(
    parsed.results.map(({ method, result, properties }) => [method, result, properties.get('header.d')]),
    [
      ['spf', 'pass', undefined],
      ['dkim', 'fail', 'b.example'],
      ['dkim', 'pass', 'a.example'],
    ],
  )
  assert.equal(parsed.results[2]?.properties.get('header.b'), 'Ab+C/d=')
})

test('results of nobody, and none, are no results', () => {
  assert.equal(parseAuthenticationResults(' ; dkim=pass'), null)
  assert.deepEqual(parseAuthenticationResults('mx.example; none')?.results, [])
  for (const text of ['"', 'a"; dkim=pass', '(', ';;;=', '\\']) parseAuthenticationResults(text)
})

test('only what the servers named have put on top is believed', () => {
  const by = (id: string, result: string) => `Authentication-Results: ${id};\r\n dmarc=${result}`
  const found = (...lines: string[]) =>
    believedResults(parseHeaderFields(Buffer.from(`${lines.join('\r\n')}\r\n\r\n`)), ['mx.example.org']).map(
      ({ results }) => results[0]?.result,
    )
  const received = 'Received: from evil.example by mx.example.org'
  assert.deepEqual(found(by('MX.example.org', 'fail'), received, by('mx.example.org', 'pass')), ['fail'])
  assert.deepEqual(found('Received: by store', by('mx.example.org', 'pass'), received), ['pass'])
  assert.deepEqual(found(by('evil.example', 'pass'), received), [], 'somebody else')
  assert.deepEqual(found(by('mx.example.org.evil.example', 'pass')), [])
  assert.deepEqual(found(by('mx.example.org', 'pass'), by('mx.example.org', 'fail')), ['pass', 'fail'])
  assert.deepEqual(found(by('mx.example.org', `pass ${'x'.repeat(20_000)}`)), [], 'longer than any server writes')
  assert.deepEqual(believedResults([], []), [])
})

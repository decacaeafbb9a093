import assert from 'node:assert/strict'
import { test } from 'node:test'
import { safeName, zipNames } from './zip-names.ts'

test('two files of one name are told apart', () => {
  assert.deepEqual(zipNames(['a.txt', 'A.TXT', 'a.txt', 'a (2).txt', 'b'], 'file'), [
    'a.txt',
    'A (2).TXT',
    'a (3).txt',
    'a (2) (2).txt',
    'b',
  ])
  assert.deepEqual(zipNames(['', '...', 'e\u0301.txt', 'é.txt'], 'file'), ['file', 'file (2)', 'é.txt', 'é (2).txt'])
})

test('a name leads nowhere and hides nothing', () => {
  const safe = (name: string) => safeName(name, 'file')
  assert.equal(safe('../../etc/passwd'), '_.._etc_passwd')
  assert.equal(safe('C:\\Windows\\x.dll'), 'C__Windows_x.dll')
  assert.equal(safe('invoice\u202efdp.exe'), 'invoicefdp.exe')
  assert.equal(safe('.htaccess'), 'htaccess')
  assert.equal(safe('con'), '_con')
  assert.equal(safe('NUL.tar.gz'), '_NUL.tar.gz')
  assert.equal(safe('console.log'), 'console.log')
  assert.equal(safe('a\r\nb\0.txt '), 'a b .txt')
  assert.equal(safe('\ud800.txt'), '\ufffd.txt')
  assert.equal(safe(`${'ä'.repeat(300)}.pdf`), `${'ä'.repeat(150)}.pdf`)
})

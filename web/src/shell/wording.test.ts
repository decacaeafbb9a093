import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { speak, wording } from './wording.ts'

const english = speak('en')
const words = {
  moved_one: '{{count, number}} message moved to {{folder}}',
  moved_other: '{{count, number}} messages moved to {{folder}}',
  empty: 'Nothing here',
  empty_junk: 'No spam',
  views: { flat: 'Single messages' },
}

describe('words', () => {
  it('are found by their key, nested ones by their path', () => {
    assert.equal(wording(english, words, 'views.flat'), 'Single messages')
    assert.equal(wording(english, words, 'views'), undefined)
    assert.equal(wording(english, words, 'views.flat.length'), undefined)
    assert.equal(wording(english, words, 'toString'), undefined)
  })

  it('take the plural form of the language', () => {
    assert.equal(wording(english, words, 'moved', { count: 1, folder: 'A' }), '1 message moved to A')
    assert.equal(wording(english, words, 'moved', { count: 0, folder: 'A' }), '0 messages moved to A')
    const polish = { mail_one: '{{count}} list', mail_few: '{{count}} listy', mail_many: '{{count}} listów' }
    assert.equal(wording(speak('pl'), polish, 'mail', { count: 3 }), '3 listy')
    assert.equal(wording(speak('pl'), polish, 'mail', { count: 5 }), '5 listów')
  })

  it('write numbers as the language does', () => {
    assert.equal(wording(speak('de'), words, 'moved', { count: 12_345, folder: 'A' }), '12.345 messages moved to A')
  })

  it('write digits as the region does', () => {
    const speaks = (locale: string) => speak('ar', locale, 'rtl')
    const arabic = { mails_few: '{{count, number}} رسائل' }
    assert.equal(wording(speaks('ar-EG'), arabic, 'mails', { count: 5 }), '٥ رسائل')
    assert.equal(wording(speaks('ar-MA'), arabic, 'mails', { count: 5 }), '5 رسائل')
  })

  it('keep a name of the other direction from turning what stands around it', () => {
    const arabic = { says: 'رفض {{host}} ({{status}}).' }
    assert.equal(
      wording(speak('ar', 'ar', 'rtl'), arabic, 'says', { host: 'example.org', status: 404 }),
      'رفض \u2068example.org\u2069 (404).',
    )
    assert.equal(wording(english, words, 'moved', { count: 1, folder: 'سفر' }), '1 message moved to \u2068سفر\u2069')
    assert.equal(wording(english, words, 'moved', { count: 1, folder: 'Été' }), '1 message moved to Été')
  })

  it('have a variant for a context, and the plain form for others', () => {
    assert.equal(wording(english, words, 'empty', { context: 'junk' }), 'No spam')
    assert.equal(wording(english, words, 'empty', { context: 'inbox' }), 'Nothing here')
  })

  it('show a value as it is, whatever it holds', () => {
    assert.equal(
      wording(english, words, 'moved', { count: 1, folder: '{{count}} $& <b>' }),
      '1 message moved to {{count}} $& <b>',
    )
  })
})

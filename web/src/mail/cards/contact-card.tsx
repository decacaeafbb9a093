// A contact that came by mail: who it is, and the ways to reach them.

import { Mail, MapPin, Phone, UserRound } from 'lucide-react'
import { compose } from '../../shell/composer.ts'
import { useText } from '../../shell/i18n.ts'
import { visibleAddress, visibleLines, visibleText } from '../sanitize/visible-text.ts'
import styles from './cards.module.css'
import type { Contact, ContactLine } from './read-contacts.ts'

export function ContactCard({ contact }: { readonly contact: Contact }) {
  const t = useText('cards')
  const { emails, phones, addresses, note } = contact
  const name =
    visibleText(contact.name) || visibleAddress(emails[0]?.value ?? '') || visibleText(phones[0]?.value ?? '')
  const about = [contact.title, contact.organization].map(visibleText).filter(Boolean).join(' · ')
  const kindOf = ({ kind }: ContactLine) =>
    kind === '' ? null : <span className={styles.soft}> {t(`lines.${kind}`)}</span>
  return (
    <section className={styles.card} aria-label={t('contactLabel', { name })}>
      <UserRound className={styles.leafless} size={28} aria-hidden />
      <div className={styles.facts}>
        <p className={styles.kind}>{t('contact')}</p>
        <h2 className={styles.title}>
          <bdi>{name}</bdi>
        </h2>
        {about ? <p className={styles.when}>{about}</p> : null}
        {emails.map((line) => (
          <p className={styles.fact} key={line.value}>
            <Mail size={15} aria-hidden />
            <span>
              <button
                type="button"
                className={styles.link}
                onClick={() => compose({ kind: 'mailto', url: `mailto:${encodeURIComponent(line.value)}` })}
              >
                <bdi>{visibleAddress(line.value)}</bdi>
              </button>
              {kindOf(line)}
            </span>
          </p>
        ))}
        {phones.map((line) => (
          <p className={styles.fact} key={line.value}>
            <Phone size={15} aria-hidden />
            <span>
              <a href={`tel:${line.value.replace(/[^+\d*#,;]/g, '')}`}>
                <bdi dir="ltr">{visibleText(line.value)}</bdi>
              </a>
              {kindOf(line)}
            </span>
          </p>
        ))}
        {addresses.map((line) => (
          <p className={styles.fact} key={line.value}>
            <MapPin size={15} aria-hidden />
            <span>
              <bdi>{visibleText(line.value)}</bdi>
              {kindOf(line)}
            </span>
          </p>
        ))}
        {note ? (
          <details className={styles.more}>
            <summary>{t('note')}</summary>
            <p dir="auto">{visibleLines(note)}</p>
          </details>
        ) : null}
      </div>
    </section>
  )
}

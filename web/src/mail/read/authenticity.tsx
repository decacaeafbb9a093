// Who stands behind a message, as one's own mail server found: a few quiet words beside the sender, what they rest on in the details.

import { ShieldCheck } from 'lucide-react'
import type { AuthenticationFinding, EmailAuthentication } from '#shared/jmap/settings.ts'
import { isolated, useText } from '../../shell/i18n.ts'
import { visibleAddress, visibleText } from '../sanitize/visible-text.ts'
import styles from './message-head.module.css'

export function AuthenticLine({ authentication }: { readonly authentication: EmailAuthentication | null | undefined }) {
  const t = useText('read')
  if (authentication?.verdict !== 'pass' || authentication.fromDomain === null) return null
  return (
    <span className={styles.authentic}>
      <ShieldCheck size={14} aria-hidden />
      {t('authenticatedBy', { domain: shownDomain(authentication.fromDomain) })}
    </span>
  )
}

export function AuthenticityDetails({ authentication }: { readonly authentication: EmailAuthentication }) {
  const t = useText('read')
  const { spf, dkim, dmarc, arc, server } = authentication
  const findings: readonly (readonly [string, AuthenticationFinding | null])[] = [
    ['DMARC', dmarc],
    ...(dkim.length > 0 ? dkim.map((one) => ['DKIM', one] as const) : [['DKIM', null] as const]),
    ['SPF', spf],
    ['ARC', arc],
  ]
  return (
    <div>
      <dt>{t('authenticity')}</dt>
      <dd>
        <ul className={styles.findings}>
          {findings.map(([method, found], at) =>
            found ? (
              // biome-ignore lint/suspicious/noArrayIndexKey: they never move
              <li key={at}>
                <bdi>{told(method, found)}</bdi>
              </li>
            ) : null,
          )}
          <li className={styles.foundBy}>{t('foundBy', { server: isolated(visibleText(server)) })}</li>
        </ul>
      </dd>
    </div>
  )
}

/** In the protocols' own words, which is what one compares or passes on. */
function told(method: string, { result, domain }: AuthenticationFinding): string {
  const words = `${method}: ${visibleText(result)}`
  return domain === null ? words : `${words} (${shownDomain(domain)})`
}

const shownDomain = (domain: string) => visibleAddress(`@${domain}`).slice(1)

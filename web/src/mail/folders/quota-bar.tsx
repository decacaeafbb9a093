// How full the mail server's place for this account is (RFC 9425), at the foot of the folders; nothing where it has no limit.

import { useEffect, useState } from 'react'
import { Meter } from 'react-aria-components/Meter'
import type { Quota } from '#shared/jmap/submission.ts'
import { currentLocale, useText } from '../../shell/i18n.ts'
import { useStore } from '../../store/index.ts'
import { showSize } from '../read/file-looks.tsx'
import styles from './quota-bar.module.css'

/** From here on it is told in colour, and then in words. */
const nearlyFull = 0.9
/** However much mail comes and goes, the server is asked no more often. */
const shortestBreakMs = 60_000

export default function QuotaBar() {
  const t = useText('folders')
  const quotas = useQuotas()
  // Several limits (octets and messages, or of a domain): the one that is reached first.
  const quota = quotas.toSorted((a, b) => share(b) - share(a))[0]
  if (!quota) return null
  const show = (value: number) =>
    quota.resourceType === 'octets' ? showSize(value) : value.toLocaleString(currentLocale())
  const level = share(quota) >= 1 ? 'full' : share(quota) >= nearlyFull ? 'nearly' : undefined
  return (
    <Meter
      className={styles.meter}
      value={Math.min(quota.used, quota.hardLimit)}
      maxValue={quota.hardLimit}
      aria-label={t('quota.label')}
      valueLabel={t('quota.used', { used: show(quota.used), limit: show(quota.hardLimit) })}
      data-level={level}
    >
      {({ percentage, valueText }) => (
        <>
          <span className={styles.bar}>
            <span className={styles.fill} style={{ inlineSize: `${percentage}%` }} />
          </span>
          <span className={styles.text}>{valueText}</span>
          {level ? <span className={styles.warning}>{t(`quota.${level}`)}</span> : null}
        </>
      )}
    </Meter>
  )
}

function share({ used, hardLimit }: Quota): number {
  return used / hardLimit
}

function useQuotas(): readonly Quota[] {
  const { client, subscribePushed } = useStore()
  const [quotas, setQuotas] = useState<readonly Quota[]>([])
  useEffect(() => {
    let isGone = false
    let timer: ReturnType<typeof setTimeout> | undefined
    let readAt = 0
    async function read(): Promise<void> {
      timer = undefined
      readAt = Date.now()
      try {
        const { list } = await client.call('Quota/get', { accountId: client.accountId, ids: null })
        if (!isGone) setQuotas(list.filter(({ hardLimit }) => hardLimit > 0))
      } catch (error) {
        // What was read last stands; the banner tells of a server that does not answer.
        console.warn('quota', error)
      }
    }
    void read()
    const end = subscribePushed((states) => {
      if (states && !('Email' in states)) return
      timer ??= setTimeout(() => void read(), Math.max(0, readAt + shortestBreakMs - Date.now()))
    })
    return () => {
      isGone = true
      clearTimeout(timer)
      end()
    }
  }, [client, subscribePushed])
  return quotas
}

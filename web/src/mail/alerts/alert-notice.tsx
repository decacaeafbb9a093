// Above every screen: what the mail server wants its user to read (RFC 9051 §7.1: [ALERT]), in its own words as plain text, until it is
// put away. Read once the inbox stands, and again when the server tells of a new one; put away on one device, it is gone on all.

import { TriangleAlert } from 'lucide-react'
import { useEffect, useState } from 'react'
import type { MailAlert } from '#shared/jmap/settings.ts'
import { useText } from '../../shell/i18n.ts'
import { useStore } from '../../store/index.ts'
import { Button } from '../../ui/button.tsx'
import styles from './alert-notice.module.css'

export default function AlertNotice() {
  const t = useText('alerts')
  const { client, accountId, subscribePushed, undo } = useStore()
  const [alerts, setAlerts] = useState<readonly MailAlert[]>([])

  useEffect(() => {
    let isGone = false
    const read = async () => {
      try {
        const { list } = await client.call('MailAlert/get', { accountId, ids: null })
        if (!isGone) setAlerts(list)
      } catch (error) {
        // The next push, or the next start, reads them again; the banner tells of a lost connection.
        console.warn('alerts', error)
      }
    }
    void read()
    const stop = subscribePushed((states) => {
      if (states === null || 'MailAlert' in states) void read()
    })
    return () => {
      isGone = true
      stop()
    }
  }, [client, accountId, subscribePushed])

  async function dismiss(alert: MailAlert): Promise<void> {
    setAlerts((shown) => shown.filter(({ id }) => id !== alert.id))
    try {
      const { notDestroyed } = await client.call('MailAlert/set', { accountId, destroy: [alert.id] })
      // Another device was first.
      if ((notDestroyed?.[alert.id]?.type ?? 'notFound') === 'notFound') return
    } catch {
      // Told below.
    }
    setAlerts((shown) => [alert, ...shown])
    undo.push({ text: 'alerts:failed', kind: 'error' })
  }

  if (alerts.length === 0) return null
  return (
    <section className={styles.notices} aria-label={t('title')}>
      <ul>
        {alerts.map((alert) => (
          <li key={alert.id} className={styles.notice}>
            <TriangleAlert className={styles.icon} size={20} aria-hidden />
            <div className={styles.words} role="alert">
              <p className={styles.server}>{t('says', { server: alert.server })}</p>
              <p dir="auto">{alert.text}</p>
            </div>
            <Button
              size="small"
              aria-label={t('dismissNamed', { text: alert.text })}
              onPress={() => void dismiss(alert)}
            >
              {t('dismiss')}
            </Button>
          </li>
        ))}
      </ul>
    </section>
  )
}

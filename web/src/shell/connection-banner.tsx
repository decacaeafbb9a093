// Says when the server is out of reach, once that has lasted long enough to matter.

import { CloudOff, RefreshCw } from 'lucide-react'
import { useEffect, useState } from 'react'
import { useConnection } from '../store/index.ts'
import styles from './connection-banner.module.css'
import { useText } from './i18n.ts'

const graceMs = 1_500

export function ConnectionBanner() {
  const t = useText('shell')
  const connection = useConnection()
  const isBroken = connection === 'offline' || connection === 'reconnecting'
  const [isShown, setShown] = useState(false)
  useEffect(() => {
    if (!isBroken) return setShown(false)
    const timer = setTimeout(() => setShown(true), graceMs)
    return () => clearTimeout(timer)
  }, [isBroken])

  return (
    <div role="status" className={styles.region}>
      {isShown && isBroken ? (
        <p className={styles.banner}>
          {connection === 'offline' ? <CloudOff size={16} aria-hidden /> : <RefreshCw size={16} aria-hidden />}
          {t(`connection.${connection}`)}
        </p>
      ) : null}
    </div>
  )
}

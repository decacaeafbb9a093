// Whether pictures from the web are shown, and from whom always.

import { visibleAddress } from '../mail/sanitize/visible-text.ts'
import { useText } from '../shell/i18n.ts'
import { Button } from '../ui/button.tsx'
import { Select } from '../ui/select.tsx'
import { useSetting } from './account-settings.ts'
import { Outcome } from './outcome.tsx'
import styles from './settings.module.css'
import { useSaving } from './use-saving.ts'

export function RemoteContentSection() {
  const t = useText('settings')
  const [remote, change] = useSetting('remote-content')
  const { state, run } = useSaving()
  const senders = Object.keys(remote.senders).sort()
  return (
    <section className={styles.group}>
      <Select
        label={t('remoteMode')}
        value={remote.mode}
        options={(['ask', 'always', 'never'] as const).map((id) => ({ id, label: t(`remoteModes.${id}`) }))}
        onChange={(mode) => void run(() => change({ mode }))}
      />
      <p className={styles.hint}>{t('remoteText')}</p>
      <h2>{t('trustedSenders')}</h2>
      {senders.length === 0 ? <p className={styles.hint}>{t('noTrustedSenders')}</p> : null}
      <ul className={styles.list}>
        {senders.map((sender) => (
          <li key={sender} className={styles.row}>
            <span className={styles.words}>{visibleAddress(sender)}</span>
            <Button size="small" tone="quiet" onPress={() => void run(() => change({ senders: { [sender]: null } }))}>
              {t('remove')}
            </Button>
          </li>
        ))}
      </ul>
      <Outcome state={state} />
    </section>
  )
}

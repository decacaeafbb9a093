// All keys that work right now, by what they are for.

import { Dialog } from '../ui/dialog.tsx'
import styles from './help-sheet.module.css'
import { useText } from './i18n.ts'
import { liveShortcuts, type Shortcut, showKeys } from './shortcuts.ts'

export default function HelpSheet({ onClose }: { onClose: () => void }) {
  const t = useText('shell')
  const groups = new Map<string, Shortcut[]>()
  for (const shortcut of liveShortcuts()) {
    if (shortcut.label) groups.set(shortcut.group, [...(groups.get(shortcut.group) ?? []), shortcut])
  }
  return (
    <Dialog title={t('keys.title')} closeLabel={t('close')} onClose={onClose} size="large">
      <div className={styles.groups}>
        {[...groups].map(([group, shortcuts]) => (
          <section key={group} className={styles.group}>
            <h3 className={styles.heading}>{group}</h3>
            <dl className={styles.list}>
              {shortcuts.map((shortcut) => (
                <div key={shortcut.id} className={styles.line}>
                  <dt className={styles.label}>{shortcut.label}</dt>
                  <dd className={styles.keys}>
                    {shortcut.keys.map((keys) => (
                      <kbd key={keys} className={styles.key}>
                        {showKeys(keys)}
                      </kbd>
                    ))}
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  )
}

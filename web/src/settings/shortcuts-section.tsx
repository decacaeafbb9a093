// The keys, for reading; the sheet behind «?» shows those of the screen one is on.

import { useText } from '../shell/i18n.ts'
import { showKeys } from '../shell/shortcuts.ts'
import styles from './settings.module.css'

const keys = [
  ['compose', 'c'],
  ['reply', 'r'],
  ['replyAll', 'a'],
  ['forward', 'f'],
  ['archive', 'e'],
  ['delete', '#'],
  ['junk', '!'],
  ['star', 's'],
  ['unread', 'U'],
  ['next', 'j'],
  ['previous', 'k'],
  ['back', 'u'],
  ['undo', 'z'],
  ['send', 'Mod+Enter'],
  ['minimize', 'Escape'],
  ['help', '?'],
] as const

export function ShortcutsSection() {
  const t = useText('settings')
  return (
    <section className={styles.group}>
      <p className={styles.hint}>{t('keysText')}</p>
      <ul className={styles.list}>
        {keys.map(([name, key]) => (
          <li key={name} className={styles.row}>
            <span className={styles.words}>{t(`keys.${name}`)}</span>
            <kbd className={styles.key}>{showKeys(key)}</kbd>
          </li>
        ))}
      </ul>
    </section>
  )
}

// Settings › Blocked senders: addresses and domains whose mail goes to junk or trash.

import { X } from 'lucide-react'
import { useState } from 'react'
import { isAddress } from '../../compose/parse-addresses.ts'
import { visibleAddress } from '../../mail/sanitize/visible-text.ts'
import { useText } from '../../shell/i18n.ts'
import { useMailboxByRole, useStore } from '../../store/index.ts'
import { Button } from '../../ui/button.tsx'
import { IconButton } from '../../ui/icon-button.tsx'
import { Select } from '../../ui/select.tsx'
import { TextField } from '../../ui/text-field.tsx'
import settings from '../settings.module.css'
import { blocked as blockedBy, targetOf, unblocked } from './block-sender.ts'
import styles from './filters.module.css'
import { type LoadedRules, NeedsFilters } from './needs-filters.tsx'

export default function BlockedSection() {
  return <NeedsFilters>{(loaded) => <Form {...loaded} />}</NeedsFilters>
}

/** «example.org» and «@example.org» are a domain. Null: neither that nor an address. */
function senderIn(typed: string): string | null {
  const text = typed.trim()
  if (isAddress(text)) return text
  const domain = text.replace(/^@/, '')
  return isAddress(`x@${domain}`) ? `@${domain}` : null
}

function Form({ rules: { blocked }, change, changeWithUndo, reset }: LoadedRules) {
  const t = useText('filters')
  const store = useStore()
  const trash = useMailboxByRole('trash')
  const [typed, setTyped] = useState('')
  const [isTried, setTried] = useState(false)
  const sender = senderIn(typed)
  const senders = [...blocked.senders].sort((a, b) => a.localeCompare(b))

  async function add(): Promise<void> {
    if (sender === null) return setTried(true)
    if (await change(blockedBy(store, sender))) setTyped('')
    setTried(false)
  }

  return (
    <section className={settings.group}>
      <p className={settings.hint}>{t('blockedText')}</p>
      <form
        className={styles.add}
        noValidate
        onSubmit={(event) => {
          event.preventDefault()
          void add()
        }}
      >
        <TextField
          label={t('newSender')}
          placeholder={t('senderPlaceholder')}
          value={typed}
          onChange={(value) => {
            reset()
            setTyped(value)
          }}
          error={isTried && sender === null ? t('faults.sender') : undefined}
        />
        <Button type="submit">{t('block')}</Button>
      </form>
      {senders.length > 0 ? (
        <>
          <ul className={settings.list} aria-label={t('blockedSenders')}>
            {senders.map((one) => (
              <li key={one} className={settings.row}>
                <span className={settings.words}>
                  <bdi>{one.startsWith('@') ? one.slice(1) : visibleAddress(one)}</bdi>
                  {one.startsWith('@') ? <span className={settings.hint}>{t('wholeDomain')}</span> : null}
                </span>
                <IconButton
                  size="small"
                  label={t('unblock', { sender: one })}
                  icon={<X size={16} aria-hidden />}
                  onPress={() =>
                    void changeWithUndo(
                      unblocked(one),
                      { text: 'filters:unblockedNow', values: { sender: one } },
                      blockedBy(store, one),
                    )
                  }
                />
              </li>
            ))}
          </ul>
          <Select
            label={t('blockedTo')}
            value={trash && blocked.target?.mailboxId === trash.id ? 'trash' : 'junk'}
            options={(['junk', 'trash'] as const).map((id) => ({ id, label: t(`mail:role.${id}`) }))}
            onChange={(role) =>
              void change(({ blocked: now }) => ({ blocked: { ...now, target: targetOf(store, role) ?? now.target } }))
            }
          />
        </>
      ) : null}
    </section>
  )
}

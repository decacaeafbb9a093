// Settings › Forwarding: all mail to other addresses, with or without a copy here.

import { X } from 'lucide-react'
import { useState } from 'react'
import type { Forwarding } from '#shared/jmap/filters.ts'
import { isAddress } from '../../compose/parse-addresses.ts'
import { visibleAddress } from '../../mail/sanitize/visible-text.ts'
import { useText } from '../../shell/i18n.ts'
import { useStore } from '../../store/index.ts'
import { Button } from '../../ui/button.tsx'
import { IconButton } from '../../ui/icon-button.tsx'
import { Switch } from '../../ui/switch.tsx'
import { TextField } from '../../ui/text-field.tsx'
import settings from '../settings.module.css'
import styles from './filters.module.css'
import { hasExtension } from './has-filters.ts'
import { type LoadedRules, NeedsFilters } from './needs-filters.tsx'

export default function ForwardingSection() {
  return <NeedsFilters>{(loaded) => <Form {...loaded} />}</NeedsFilters>
}

function Form({ rules: { forwarding }, change, changeWithUndo, reset }: LoadedRules) {
  const t = useText('filters')
  const { client } = useStore()
  const [typed, setTyped] = useState('')
  const [isTried, setTried] = useState(false)
  const { isEnabled, emails, keepsCopy } = forwarding
  const mayCopy = hasExtension(client, 'copy')
  const set = (part: Partial<Forwarding>) => change(({ forwarding: now }) => ({ forwarding: { ...now, ...part } }))

  async function add(): Promise<void> {
    const email = typed.trim()
    if (!isAddress(email)) return setTried(true)
    const isAdded = await change(({ forwarding: now }) => ({
      forwarding: {
        ...now,
        // The first address is what one came for.
        isEnabled: now.emails.length === 0 ? true : now.isEnabled,
        keepsCopy: mayCopy && now.keepsCopy,
        emails: [...now.emails.filter((one) => one.toLowerCase() !== email.toLowerCase()), email],
      },
    }))
    if (isAdded) setTyped('')
    setTried(false)
  }

  return (
    <section className={settings.group}>
      <p className={settings.hint}>{t('forwardingText')}</p>
      <Switch
        isSelected={isEnabled}
        isDisabled={emails.length === 0}
        onChange={(next) => void set({ isEnabled: next })}
        description={emails.length === 0 ? t('forwardingNone') : undefined}
      >
        {t('forwardingOn')}
      </Switch>
      {emails.length > 0 ? (
        <ul className={settings.list}>
          {emails.map((email) => (
            <li key={email} className={settings.row}>
              <bdi className={settings.words}>{visibleAddress(email)}</bdi>
              <IconButton
                size="small"
                label={t('removeAddress', { address: visibleAddress(email) })}
                icon={<X size={16} aria-hidden />}
                onPress={() =>
                  void changeWithUndo(
                    ({ forwarding: now }) => {
                      const left = now.emails.filter((one) => one !== email)
                      return { forwarding: { ...now, emails: left, isEnabled: now.isEnabled && left.length > 0 } }
                    },
                    { text: 'filters:addressRemoved', values: { address: visibleAddress(email) } },
                    ({ forwarding: now }) => ({
                      forwarding: { ...now, isEnabled, emails: [...now.emails.filter((one) => one !== email), email] },
                    }),
                  )
                }
              />
            </li>
          ))}
        </ul>
      ) : null}
      <form
        className={styles.add}
        noValidate
        onSubmit={(event) => {
          event.preventDefault()
          void add()
        }}
      >
        <TextField
          label={t('newAddress')}
          type="email"
          value={typed}
          onChange={(value) => {
            reset()
            setTyped(value)
          }}
          error={isTried && !isAddress(typed.trim()) ? t('faults.address') : undefined}
        />
        <Button type="submit">{t('add')}</Button>
      </form>
      {mayCopy ? (
        <Switch
          isSelected={keepsCopy}
          onChange={(next) => void set({ keepsCopy: next })}
          description={t(keepsCopy ? 'keepsCopyText' : 'keepsNoneText')}
        >
          {t('keepsCopy')}
        </Switch>
      ) : null}
    </section>
  )
}

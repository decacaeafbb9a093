// Asks once by which name mail shall go out, where the server knows the address alone. «Not now» is kept, on every device; the name can be
// given in the settings at any time.

import { type FormEvent, useState } from 'react'
import type { Identity } from '#shared/jmap/submission.ts'
import { useSetting } from '../settings/account-settings.ts'
import { useText } from '../shell/i18n.ts'
import { useStore } from '../store/index.ts'
import { Button } from '../ui/button.tsx'
import styles from './name-bar.module.css'

export interface NameBarProps {
  readonly identity: Identity | null
  readonly onNamed: (identity: Identity) => void
}

export function NameBar({ identity, onNamed }: NameBarProps) {
  const t = useText('compose')
  const { client, accountId } = useStore()
  const [{ isNameAsked }, changeSetting] = useSetting('composing')
  const [name, setName] = useState('')
  const [state, setState] = useState<'asking' | 'saving' | 'failed'>('asking')
  if (identity?.name !== '' || isNameAsked) return null

  const save = async (event: FormEvent) => {
    event.preventDefault()
    const typed = name.trim()
    if (typed === '') return
    setState('saving')
    try {
      const update = { [identity.id]: { name: typed } }
      const { notUpdated } = await client.call('Identity/set', { accountId, update })
      if (notUpdated?.[identity.id]) throw new Error(notUpdated[identity.id]?.type)
      onNamed({ ...identity, name: typed })
    } catch {
      setState('failed')
    }
  }
  return (
    <form className={styles.bar} onSubmit={(event) => void save(event)}>
      <label className={styles.label}>
        {t('nameAsked')}
        <input
          className={styles.input}
          value={name}
          autoComplete="name"
          maxLength={200}
          onChange={(event) => setName(event.target.value)}
        />
      </label>
      <Button size="small" type="submit" isDisabled={name.trim() === ''} isPending={state === 'saving'}>
        {t('nameSave')}
      </Button>
      <Button
        size="small"
        tone="quiet"
        onPress={() => void changeSetting({ isNameAsked: true }).catch(() => setState('failed'))}
      >
        {t('nameLater')}
      </Button>
      <span role="status" className={styles.failed}>
        {state === 'failed' ? t('nameFailed') : ''}
      </span>
    </form>
  )
}

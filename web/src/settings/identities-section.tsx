// The names and addresses one writes under, with their signatures.

import { useCallback, useEffect, useState } from 'react'
import type { Identity } from '#shared/jmap/submission.ts'
import { parseAddresses } from '../compose/parse-addresses.ts'
import { useText } from '../shell/i18n.ts'
import { useStore } from '../store/index.ts'
import { Button } from '../ui/button.tsx'
import { Spinner } from '../ui/spinner.tsx'
import { TextField } from '../ui/text-field.tsx'
import { useSetting } from './account-settings.ts'
import { createIdentity } from './create-listed.ts'
import { Outcome } from './outcome.tsx'
import styles from './settings.module.css'
import { throwRefusal, useSaving } from './use-saving.ts'

const fresh = { name: '', email: '', replyTo: null, bcc: null, textSignature: '', htmlSignature: '', mayDelete: true }

export function IdentitiesSection() {
  const t = useText('settings')
  const { client, accountId } = useStore()
  const [composing, changeComposing] = useSetting('composing')
  const [identities, setIdentities] = useState<readonly Identity[] | null>(null)
  const [edited, setEdited] = useState<string | null>(null)
  const { state, run, read } = useSaving()

  const load = useCallback(async () => {
    const { list } = await client.call('Identity/get', { accountId })
    setIdentities(list)
  }, [client, accountId])
  useEffect(() => {
    void read(load)
  }, [load, read])

  const save = async (id: string | null, values: Omit<Identity, 'id' | 'mayDelete'>) => {
    const isDone = await run(async () => {
      const { email: _, ...changes } = values
      if (id === null) {
        await createIdentity(client, identities ?? [], values)
      } else {
        throwRefusal((await client.call('Identity/set', { accountId, update: { [id]: changes } })).notUpdated)
      }
      await load()
    })
    if (isDone) setEdited(null)
  }
  const remove = (id: string) =>
    run(async () => {
      throwRefusal((await client.call('Identity/set', { accountId, destroy: [id] })).notDestroyed, 'notFound')
      await load()
    })

  if (!identities) return typeof state === 'object' ? <Outcome state={state} /> : <Spinner label={t('loading')} />
  const defaultId = composing.identityId ?? identities[0]?.id
  return (
    <section className={styles.group}>
      <ul className={styles.list}>
        {identities.map((identity) => (
          <li key={identity.id} className={styles.row}>
            {edited === identity.id ? (
              <IdentityForm
                identity={identity}
                onSave={(values) => save(identity.id, values)}
                onCancel={() => setEdited(null)}
              />
            ) : (
              <>
                <span className={styles.words}>
                  <strong>{identity.name || identity.email}</strong>
                  <span className={styles.hint}>
                    {identity.email}
                    {identity.id === defaultId ? ` · ${t('isDefault')}` : ''}
                  </span>
                </span>
                {identity.id === defaultId ? null : (
                  <Button
                    size="small"
                    tone="quiet"
                    onPress={() => void run(() => changeComposing({ identityId: identity.id }))}
                  >
                    {t('makeDefault')}
                  </Button>
                )}
                <Button size="small" onPress={() => setEdited(identity.id)}>
                  {t('edit')}
                </Button>
                {identity.mayDelete ? (
                  <Button size="small" tone="quiet" onPress={() => void remove(identity.id)}>
                    {t('delete')}
                  </Button>
                ) : null}
              </>
            )}
          </li>
        ))}
      </ul>
      {edited === 'new' ? (
        <IdentityForm identity={null} onSave={(values) => save(null, values)} onCancel={() => setEdited(null)} />
      ) : (
        <div className={styles.buttons}>
          <Button onPress={() => setEdited('new')}>{t('newIdentity')}</Button>
        </div>
      )}
      <Outcome state={state} />
    </section>
  )
}

interface IdentityFormProps {
  readonly identity: Identity | null
  readonly onSave: (values: Omit<Identity, 'id' | 'mayDelete'>) => Promise<void>
  readonly onCancel: () => void
}

function IdentityForm({ identity, onSave, onCancel }: IdentityFormProps) {
  const t = useText('settings')
  const [values, setValues] = useState<Omit<Identity, 'id'>>(identity ?? fresh)
  const [replyTo, setReplyTo] = useState(show(identity?.replyTo))
  const [bcc, setBcc] = useState(show(identity?.bcc))
  const set = (part: Partial<Identity>) => setValues({ ...values, ...part })
  const list = (text: string) => (text.trim() === '' ? null : parseAddresses(text))
  const submit = () => {
    const { name, email, textSignature, htmlSignature } = values
    void onSave({ name, email, textSignature, htmlSignature, replyTo: list(replyTo), bcc: list(bcc) })
  }
  return (
    <form
      className={`${styles.group} ${styles.words}`}
      onSubmit={(event) => {
        event.preventDefault()
        submit()
      }}
    >
      <div className={styles.pair}>
        <TextField label={t('name')} value={values.name} onChange={(name) => set({ name })} autoFocus />
        <TextField
          label={t('address')}
          type="email"
          value={values.email}
          onChange={(email) => set({ email })}
          isDisabled={identity !== null}
          isRequired
        />
        <TextField label={t('replyTo')} value={replyTo} onChange={setReplyTo} />
        <TextField label={t('alwaysBcc')} value={bcc} onChange={setBcc} />
      </div>
      <TextField
        label={t('signature')}
        rows={4}
        value={values.textSignature}
        onChange={(textSignature) => set({ textSignature })}
      />
      <TextField
        label={t('htmlSignature')}
        rows={3}
        value={values.htmlSignature}
        onChange={(htmlSignature) => set({ htmlSignature })}
        description={t('htmlSignatureText')}
      />
      <div className={styles.buttons}>
        <Button type="submit" tone="primary">
          {t('save')}
        </Button>
        <Button onPress={onCancel}>{t('cancel')}</Button>
      </div>
    </form>
  )
}

function show(addresses: Identity['replyTo'] | undefined): string {
  return (addresses ?? [])
    .map(({ name, email }) => (name ? `"${name.replace(/["\\]/g, '\\$&')}" <${email}>` : email))
    .join(', ')
}

// Where one is signed in, and the tokens of other programs: seen, made and ended (/auth/sessions, /auth/tokens).

import { useCallback, useEffect, useState } from 'react'
import { csrfToken } from '../jmap/auth.ts'
import { visibleText } from '../mail/sanitize/visible-text.ts'
import { currentLocale, useText } from '../shell/i18n.ts'
import { useSession } from '../shell/session-context.ts'
import { Button } from '../ui/button.tsx'
import { Select } from '../ui/select.tsx'
import { Spinner } from '../ui/spinner.tsx'
import { TextField } from '../ui/text-field.tsx'
import { Outcome } from './outcome.tsx'
import styles from './settings.module.css'
import { useSaving } from './use-saving.ts'

interface Device {
  readonly id: string
  readonly kind: 'cookie' | 'token'
  readonly label: string
  readonly remoteAddress: string
  readonly createdAt: number
  readonly lastSeenAt: number
  readonly expiresAt: number
  readonly isCurrent: boolean
}

export function DevicesSection() {
  const t = useText('settings')
  const session = useSession()
  const [devices, setDevices] = useState<readonly Device[] | null>(null)
  const [name, setName] = useState('')
  const [days, setDays] = useState('90')
  const [secret, setSecret] = useState<string | null>(null)
  const { state, run, read } = useSaving()
  const load = useCallback(async () => {
    const { sessions } = await ask<{ sessions: readonly Device[] }>('GET', '/auth/sessions')
    setDevices(sessions)
  }, [])
  useEffect(() => {
    void read(load)
  }, [load, read])

  const end = (id: string) =>
    run(async () => {
      await ask('DELETE', `/auth/sessions/${encodeURIComponent(id)}`)
      await load()
    })
  const endAll = () =>
    run(() =>
      session.signOut({ everywhere: true }).catch((cause: unknown) => {
        throw new Error(t('shell:signOutFailed'), { cause })
      }),
    )
  const issue = () =>
    run(async () => {
      const issued = await ask<{ token: string }>('POST', '/auth/tokens', {
        name,
        expiresInDays: Number(days),
      })
      setSecret(issued.token)
      setName('')
      await load()
    })

  if (!devices) return typeof state === 'object' ? <Outcome state={state} /> : <Spinner label={t('loading')} />
  const browsers = devices.filter(({ kind }) => kind === 'cookie')
  const tokens = devices.filter(({ kind }) => kind === 'token')
  return (
    <>
      <section className={styles.group}>
        <h2>{t('browsers')}</h2>
        <DeviceList devices={browsers} onEnd={(id) => void end(id)} />
        <p className={styles.hint}>{t('everywhereText')}</p>
        <div className={styles.buttons}>
          <Button onPress={() => void endAll()}>{t('everywhere')}</Button>
        </div>
      </section>
      <section className={styles.group}>
        <h2>{t('tokens')}</h2>
        <p className={styles.hint}>{t('tokensText')}</p>
        <DeviceList devices={tokens} onEnd={(id) => void end(id)} />
        {secret ? (
          <div role="status">
            <p>{t('tokenOnce')}</p>
            <p className={styles.secret}>{secret}</p>
          </div>
        ) : null}
        <form
          className={styles.pair}
          onSubmit={(event) => {
            event.preventDefault()
            if (name.trim() !== '') void issue()
          }}
        >
          <TextField label={t('tokenName')} value={name} onChange={setName} />
          <Select
            label={t('tokenExpiry')}
            value={days}
            options={['30', '90', '365'].map((id) => ({ id, label: t('days', { count: Number(id) }) }))}
            onChange={setDays}
          />
          <div className={styles.buttons}>
            <Button type="submit" isDisabled={name.trim() === ''}>
              {t('newToken')}
            </Button>
          </div>
        </form>
        <Outcome state={state} />
      </section>
    </>
  )
}

function DeviceList({ devices, onEnd }: { readonly devices: readonly Device[]; readonly onEnd: (id: string) => void }) {
  const t = useText('settings')
  const when = (ms: number) => new Date(ms).toLocaleString(currentLocale(), { dateStyle: 'medium', timeStyle: 'short' })
  return (
    <ul className={styles.list}>
      {devices.map((device) => (
        <li key={device.id} className={styles.row}>
          <span className={styles.words}>
            <strong>{nameOf(device) || t('unknownDevice')}</strong>
            <span className={styles.hint}>
              {device.isCurrent ? `${t('thisBrowser')} · ` : ''}
              {t('lastSeen', {
                since: when(device.createdAt),
                address: device.remoteAddress,
                time: when(device.lastSeenAt),
              })}
            </span>
          </span>
          {device.isCurrent ? null : (
            <Button size="small" tone="quiet" onPress={() => onEnd(device.id)}>
              {t('signOut')}
            </Button>
          )}
        </li>
      ))}
    </ul>
  )
}

/** «Firefox, Linux» of a user agent; a token has a name. */
function nameOf({ kind, label }: Device): string {
  if (kind === 'token') return visibleText(label)
  const browser = /(Edg|OPR|Firefox|Chrome|Safari)\//.exec(label.replace(/Chrome\/.*Edg\//, 'Edg/'))?.[1]
  const system = /(Windows|Android|iPhone|iPad|Mac OS X|Linux|CrOS)/.exec(label)?.[1]
  const known = [browser?.replace('Edg', 'Edge').replace('OPR', 'Opera'), system?.replace('Mac OS X', 'macOS')]
  return known.filter(Boolean).join(', ') || visibleText(label).slice(0, 80)
}

async function ask<T>(method: string, path: string, body?: unknown): Promise<T> {
  const response = await fetch(path, {
    method,
    headers: { 'x-csrf-token': csrfToken(), ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    body: body === undefined ? null : JSON.stringify(body),
  })
  if (!response.ok) {
    const problem = (await response.json().catch(() => ({}))) as { text?: string; title?: string }
    throw new Error(problem.text ?? problem.title ?? `HTTP ${response.status}`)
  }
  return (response.status === 204 ? undefined : await response.json()) as T
}

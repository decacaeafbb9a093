// A message from a mailing list can be left from here. It says who will be asked before anybody is, and what came of it.

import { MailX } from 'lucide-react'
import { useState } from 'react'
import type { Unsubscribed } from '#shared/jmap/settings.ts'
import { compose } from '../../shell/composer.ts'
import { useText } from '../../shell/i18n.ts'
import { useStore } from '../../store/index.ts'
import { Button } from '../../ui/button.tsx'
import type { Message } from './load-message.ts'
import { type ManualWay, unsubscribeWays } from './unsubscribe.ts'
import styles from './unsubscribe-line.module.css'

type State = 'offered' | 'asking' | 'failed' | Unsubscribed

export function UnsubscribeLine({ message }: { readonly message: Message }) {
  const t = useText('read')
  const { client, accountId } = useStore()
  const [state, setState] = useState<State>('offered')
  const ways = unsubscribeWays(message)
  if (!ways) return null
  const { oneClickHost: host, manual } = ways
  const isDone = typeof state === 'object' && state.outcome === 'done'
  const isOpen = state === 'offered' || state === 'asking'

  const ask = async () => {
    setState('asking')
    try {
      setState(await client.call('Email/unsubscribe', { accountId, emailId: message.id }))
    } catch {
      setState('failed')
    }
  }
  const told = () => {
    if (host === null) return t('isFromList')
    if (state === 'offered') return t('unsubscribeAsks', { host })
    if (state === 'asking') return t('unsubscribing', { host })
    if (state === 'failed') return t('unsubscribeFailed')
    return t(`unsubscribed.${state.outcome}`, { host: state.host ?? host, status: state.status })
  }
  return (
    <div className={styles.line}>
      <MailX size={15} aria-hidden />
      {/* One region from the start, so that what becomes of it is read out. */}
      <span role="status" className={isOpen || isDone ? undefined : styles.failed}>
        {told()}
      </span>
      {host !== null && isOpen ? (
        <Button size="small" tone="quiet" isPending={state === 'asking'} onPress={() => void ask()}>
          {t('unsubscribe')}
        </Button>
      ) : null}
      {host !== null && typeof state === 'object' && state.outcome === 'unreachable' ? (
        <Button size="small" tone="quiet" onPress={() => void ask()}>
          {t('tryAgain')}
        </Button>
      ) : null}
      {manual && (host === null || !(isOpen || isDone)) ? (
        <ManualUnsubscribe way={manual} isOther={host !== null} />
      ) : null}
    </div>
  )
}

function ManualUnsubscribe({ way, isOther }: { readonly way: ManualWay; readonly isOther: boolean }) {
  const t = useText('read')
  if (way.kind === 'mail') {
    return (
      <Button size="small" tone="quiet" onPress={() => compose({ kind: 'mailto', url: way.url })}>
        {t(isOther ? 'unsubscribeByMail' : 'unsubscribe')}
      </Button>
    )
  }
  return (
    <a href={way.url} target="_blank" rel="noopener noreferrer" title={way.url}>
      {t(isOther ? 'unsubscribeOnPage' : 'unsubscribe')}
    </a>
  )
}

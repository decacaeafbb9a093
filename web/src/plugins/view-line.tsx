// One line of a plugin, drawn by us: its words, pairs, buttons and link.

import { CircleCheck, Puzzle, TriangleAlert } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import type { View } from '#plugin-api/web.ts'
import { useText } from '../shell/i18n.ts'
import { Button } from '../ui/button.tsx'
import styles from './view-line.module.css'

const icons = { plain: Puzzle, good: CircleCheck, warning: TriangleAlert } as const

export interface ViewLineProps {
  readonly view: View
  /** Resolves when the plugin has answered; throws when it failed. */
  readonly onPress: (id: string) => Promise<void>
  readonly trailing?: ReactNode
}

export function ViewLine({ view, onPress, trailing }: ViewLineProps) {
  const t = useText('plugins')
  const [pending, setPending] = useState<string | null>(null)
  const [isFailed, setFailed] = useState(false)
  const Icon = icons[view.tone ?? 'plain']
  const press = async (id: string) => {
    setPending(id)
    setFailed(false)
    await onPress(id).catch(() => setFailed(true))
    setPending(null)
  }
  return (
    <div className={styles.line} data-tone={view.tone}>
      <Icon size={17} aria-hidden className={styles.icon} />
      {/* One region for what it says and what becomes of it, so that both are read out. */}
      <div className={styles.words} role="status">
        <p dir="auto">{view.text}</p>
        {isFailed ? <p className={styles.failed}>{t('lineFailed')}</p> : null}
      </div>
      {view.buttons?.map(({ id, label }) => (
        <Button key={id} size="small" tone="quiet" isPending={pending === id} onPress={() => void press(id)}>
          {label}
        </Button>
      ))}
      {view.link ? (
        <a href={view.link.url} target="_blank" rel="noopener noreferrer" title={view.link.url}>
          {view.link.label}
        </a>
      ) : null}
      {trailing}
      {view.details?.length ? (
        <dl className={styles.details}>
          {view.details.map(({ label, value }) => (
            <div key={label}>
              <dt>{label}</dt>
              <dd dir="auto">{value}</dd>
            </div>
          ))}
        </dl>
      ) : null}
    </div>
  )
}

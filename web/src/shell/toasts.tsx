// What was done, told at the foot of the page for a few seconds, with its undo. Time stands still while the pointer or
// the focus is on a toast.

import { Suspense, useEffect, useRef, useState } from 'react'
import { type Notice, useStore } from '../store/index.ts'
import { Toast } from '../ui/toast.tsx'
import { type Text, useText } from './i18n.ts'
import { TaskList } from './screens.ts'
import styles from './toasts.module.css'

const defaultDurationMs = 7_000
const errorDurationMs = 12_000
const maxShown = 3

interface Shown {
  readonly id: number
  readonly notice: Notice
}

export function Toasts() {
  const t = useText('shell')
  const store = useStore()
  const [toasts, setToasts] = useState<readonly Shown[]>([])
  const nextId = useRef(0)
  const close = (id: number) => setToasts((list) => list.filter((toast) => toast.id !== id))

  useEffect(
    () =>
      store.undo.subscribe((notice) => {
        const id = nextId.current++
        // One line about what was done last; errors stay beside it.
        setToasts((list) => [...list.filter((toast) => toast.notice.kind === 'error'), { id, notice }].slice(-maxShown))
      }),
    [store],
  )

  useEffect(
    () => store.undo.subscribeUndone((notice) => setToasts((list) => list.filter((toast) => toast.notice !== notice))),
    [store],
  )

  return (
    <section className={styles.region} aria-label={t('notices')}>
      <Suspense>
        <TaskList />
      </Suspense>
      <div role="status" className={styles.list}>
        {toasts.map(({ id, notice }) => (
          <Toast
            key={id}
            isError={notice.kind === 'error'}
            durationMs={notice.durationMs ?? (notice.kind === 'error' ? errorDurationMs : defaultDurationMs)}
            closeLabel={t('close')}
            onClose={() => close(id)}
            actions={[
              ...(notice.action ? [{ label: t(notice.action.text), run: notice.action.run }] : []),
              ...(notice.undo ? [{ label: t('undo'), run: () => void notice.undo?.() }] : []),
            ]}
          >
            {t(notice.text, namedInWords(notice.values, t))}
          </Toast>
        ))}
      </div>
    </section>
  )
}

/** Folders that every account has go by their name in the reader's language. */
function namedInWords(values: Notice['values'], t: Text): Record<string, string | number> {
  return values?.role ? { ...values, folder: t(`mail:role.${values.role}`) } : { ...values }
}

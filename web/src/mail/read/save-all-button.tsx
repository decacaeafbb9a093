// All attachments at once, as a zip made here: how far it is, a way to stop it, and what went wrong.

import { FileArchive } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { useText } from '../../shell/i18n.ts'
import { Button } from '../../ui/button.tsx'
import type { ShownFile } from '../viewer/shown-file.ts'
import styles from './attachment-list.module.css'

export interface SaveAllButtonProps {
  readonly files: readonly ShownFile[]
  readonly title: string
}

type State =
  | { readonly kind: 'idle' | 'saved' }
  | { readonly kind: 'saving'; readonly done: number }
  | { readonly kind: 'failed'; readonly name: string }

export function SaveAllButton({ files, title }: SaveAllButtonProps) {
  const t = useText('read')
  const [state, setState] = useState<State>({ kind: 'idle' })
  const saving = useRef<AbortController | null>(null)
  useEffect(() => () => saving.current?.abort(), [])

  const save = async () => {
    const controller = new AbortController()
    saving.current = controller
    const { signal } = controller
    setState({ kind: 'saving', done: 0 })
    try {
      const { saveAll } = await import('../viewer/save-all.ts')
      const onProgress = (done: number) => signal.aborted || setState({ kind: 'saving', done })
      const failed = await saveAll(files, { title, unnamed: t('unnamed'), signal, onProgress })
      if (!signal.aborted) setState(failed ? { kind: 'failed', name: failed.name } : { kind: 'saved' })
    } catch (error) {
      // Our own code could not be fetched.
      console.error(error)
      if (!signal.aborted) setState({ kind: 'failed', name: files[0]?.name ?? '' })
    }
  }
  const stop = () => {
    saving.current?.abort()
    setState({ kind: 'idle' })
  }

  const told = {
    idle: () => '',
    saved: () => t('allSaved'),
    saving: () => t('savingAll', { done: state.kind === 'saving' ? state.done : 0, count: files.length }),
    failed: () => t('saveAllFailed', { name: state.kind === 'failed' ? state.name : '' }),
  }
  return (
    <div className={styles.all}>
      {state.kind === 'saving' ? (
        <Button size="small" tone="quiet" onPress={stop}>
          {t('stopSaving')}
        </Button>
      ) : (
        <Button size="small" tone="quiet" icon={<FileArchive size={16} aria-hidden />} onPress={() => void save()}>
          {t(state.kind === 'failed' ? 'tryAgain' : 'saveAll')}
        </Button>
      )}
      {/* One region from the start, so that what becomes of it is read out. */}
      <span role="status" className={state.kind === 'failed' ? styles.failed : styles.told}>
        {told[state.kind]()}
      </span>
    </div>
  )
}

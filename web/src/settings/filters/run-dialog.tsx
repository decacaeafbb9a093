// «Run on what is there already»: which folder, how far it is, and what became of it.

import { useEffect, useRef, useState } from 'react'
import { ProgressBar } from 'react-aria-components/ProgressBar'
import type { FilterRule } from '#shared/jmap/filters.ts'
import { visibleText } from '../../mail/sanitize/visible-text.ts'
import { useText } from '../../shell/i18n.ts'
import { useMailboxByRole, useStore } from '../../store/index.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import settings from '../settings.module.css'
import styles from './filters.module.css'
import { FolderField } from './folder-field.tsx'
import { conditionsInWords } from './in-words.ts'
import { obstacleOf, runRule } from './run-rule.ts'

export interface RunDialogProps {
  readonly rule: FilterRule
  readonly onClose: () => void
}

type Progress = { readonly done: number; readonly total: number } | null

export function RunDialog({ rule, onClose }: RunDialogProps) {
  const t = useText('filters')
  const store = useStore()
  const inbox = useMailboxByRole('inbox')
  const trash = useMailboxByRole('trash')
  const [folder, setFolder] = useState<string | null>(inbox?.id ?? null)
  const [progress, setProgress] = useState<Progress>(null)
  const [isFailed, setFailed] = useState(false)
  const stop = useRef<AbortController | null>(null)
  // Left while it runs: it stops at the next parcel, and tells what it has done.
  useEffect(() => () => stop.current?.abort(), [])
  const obstacle =
    rule.actions.some(({ type }) => type === 'discard') && !trash ? ('missing' as const) : obstacleOf(rule)
  const title = visibleText(rule.name) || conditionsInWords(rule, t)

  async function run(inMailbox: string): Promise<void> {
    const controller = new AbortController()
    stop.current = controller
    setFailed(false)
    setProgress({ done: 0, total: 0 })
    try {
      const { changed, failed, undo } = await runRule(store.client, rule, {
        inMailbox,
        trash: trash?.id,
        signal: controller.signal,
        onProgress: (done, total) => setProgress({ done, total }),
      })
      await store.refresh()
      store.undo.push({
        text: failed > 0 ? 'filters:ranPartly' : 'filters:ran',
        values: { count: changed, failed },
        kind: failed > 0 ? 'error' : 'info',
        ...(changed > 0 && {
          undo: async () => {
            try {
              await undo()
            } catch {
              store.undo.push({ text: 'filters:notUndone', kind: 'error' })
            }
            await store.refresh()
          },
        }),
      })
      onClose()
    } catch {
      setProgress(null)
      // Stopped before anything was found is no fault.
      if (controller.signal.aborted) onClose()
      else setFailed(true)
    }
  }

  return (
    <Dialog
      size="small"
      title={t('runTitle', { name: title })}
      closeLabel={t('close')}
      onClose={onClose}
      actions={
        progress ? (
          <Button onPress={() => stop.current?.abort()}>{t('stopRun')}</Button>
        ) : (
          <>
            <Button onPress={onClose}>{t('cancel')}</Button>
            {obstacle === null ? (
              <Button tone="primary" isDisabled={folder === null} onPress={() => folder && void run(folder)}>
                {t('run')}
              </Button>
            ) : null}
          </>
        )
      }
    >
      {obstacle !== null ? (
        <p>{t(`obstacles.${obstacle}`)}</p>
      ) : progress ? (
        <ProgressBar
          className={styles.progress}
          value={progress.done}
          maxValue={Math.max(progress.total, 1)}
          isIndeterminate={progress.total === 0}
        >
          {({ percentage }) => (
            <>
              <span className={styles.track}>
                <span className={styles.bar} style={{ inlineSize: `${percentage ?? 0}%` }} />
              </span>
              <span>{t('progress', progress)}</span>
            </>
          )}
        </ProgressBar>
      ) : (
        <div className={styles.run}>
          <FolderField label={t('runIn')} value={folder} onChange={setFolder} />
          <p className={settings.hint}>
            {t(rule.actions.some(({ type }) => type === 'discard') ? 'runDiscardText' : 'runText')}
          </p>
        </div>
      )}
      {isFailed ? (
        <p className={settings.error} role="alert">
          {t('runFailed')}
        </p>
      ) : null}
    </Dialog>
  )
}

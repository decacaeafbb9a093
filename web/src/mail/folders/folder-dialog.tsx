// Asks for a folder's name, for the place it is to have, or whether a folder and what is in it may go.

import { type FormEvent, useState } from 'react'
import type { Mailbox } from '#shared/jmap/mail.ts'
import { useText } from '../../shell/i18n.ts'
import { useStore } from '../../store/index.ts'
import { Button } from '../../ui/button.tsx'
import { ComboBox } from '../../ui/combo-box.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { NameDialog } from '../../ui/name-dialog.tsx'
import { folderName, folderPath } from './folder-looks.tsx'
import { mayMoveInto } from './folder-targets.ts'
import type { FolderTask } from './folder-tree.tsx'

export interface FolderDialogProps {
  readonly task: FolderTask
  readonly onClose: () => void
}

export default function FolderDialog({ task, onClose }: FolderDialogProps) {
  if (task.kind === 'move') return <MoveDialog mailbox={task.mailbox} onClose={onClose} />
  return task.kind === 'create' || task.kind === 'rename' ? (
    <FolderName task={task} onClose={onClose} />
  ) : (
    <ConfirmDialog task={task} onClose={onClose} />
  )
}

function FolderName({ task, onClose }: { task: Exclude<FolderTask, { kind: 'move' }>; onClose: () => void }) {
  const t = useText('mail')
  const store = useStore()
  const before = task.kind === 'create' ? '' : task.mailbox.name
  const parentId = task.kind === 'create' ? task.parentId : task.mailbox.parentId

  async function submit(name: string): Promise<string | undefined> {
    const isTaken = store
      .mailboxes()
      .some((mailbox) => mailbox.parentId === parentId && mailbox.name === name && name !== before)
    if (name === '') return t('nameMissing')
    if (isTaken) return t('nameTaken')
    if (task.kind !== 'create') {
      store.actions.renameMailbox(task.mailbox.id, name)
      return undefined
    }
    try {
      await store.actions.createMailbox(name, parentId)
      return undefined
    } catch {
      return t('createFailed')
    }
  }

  return (
    <NameDialog
      title={task.kind === 'create' ? t(parentId === null ? 'newFolder' : 'newSubfolder') : t('rename')}
      label={t('folderName')}
      confirmLabel={t(task.kind === 'create' ? 'create' : 'rename')}
      closeLabel={t('cancel')}
      initial={before}
      onSubmit={submit}
      onClose={onClose}
    />
  )
}

/** The top of the tree among folders, whose ids are never empty. */
const top = ''

function MoveDialog({ mailbox, onClose }: { mailbox: Mailbox; onClose: () => void }) {
  const t = useText('mail')
  const store = useStore()
  const [target, setTarget] = useState<string | null>(null)
  const [error, setError] = useState<string | undefined>()
  const all = store.mailboxes()
  const targets = [
    ...(mayMoveInto(mailbox, null, all) ? [{ id: top, label: t('topOfTree') }] : []),
    ...all
      .filter(({ id }) => mayMoveInto(mailbox, id, all))
      .map((folder) => ({ id: folder.id, label: folderPath(folder, all, t).join(' › ') })),
  ]

  function submit(event: FormEvent): void {
    event.preventDefault()
    if (target === null) {
      setError(t('moveWhere'))
      return
    }
    store.actions.moveMailbox(mailbox.id, target === top ? null : target)
    onClose()
  }

  return (
    <Dialog
      size="small"
      title={t('moveFolderTitle', { folder: mailbox.name })}
      closeLabel={t('cancel')}
      onClose={onClose}
      actions={
        <>
          <Button onPress={onClose}>{t('cancel')}</Button>
          <Button tone="primary" type="submit" form="folder-move">
            {t('move')}
          </Button>
        </>
      }
    >
      <form id="folder-move" onSubmit={submit}>
        <ComboBox
          label={t('moveInto')}
          openLabel={t('folders')}
          options={targets}
          value={target}
          onChange={(value) => {
            setTarget(value)
            setError(undefined)
          }}
          error={error}
          autoFocus
        />
      </form>
    </Dialog>
  )
}

function ConfirmDialog({ task, onClose }: { task: Exclude<FolderTask, { kind: 'create' }>; onClose: () => void }) {
  const t = useText('mail')
  const store = useStore()
  const { mailbox } = task
  const values = { folder: folderName(mailbox, t), count: mailbox.totalEmails }
  const isDelete = task.kind === 'delete'
  return (
    <Dialog
      size="small"
      isAlert
      title={t(isDelete ? 'confirmDelete.title' : 'confirmEmpty.title', values)}
      closeLabel={t('cancel')}
      onClose={onClose}
      actions={
        <>
          <Button onPress={onClose}>{t('cancel')}</Button>
          <Button
            tone="danger"
            autoFocus
            onPress={() => {
              if (isDelete) store.actions.deleteMailbox(mailbox.id)
              else store.actions.emptyMailbox(mailbox.id)
              onClose()
            }}
          >
            {t(isDelete ? 'deleteFolder' : 'empty')}
          </Button>
        </>
      }
    >
      <p>{t(isDelete ? 'confirmDelete.text' : 'confirmEmpty.text', values)}</p>
    </Dialog>
  )
}

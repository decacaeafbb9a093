// What can be dropped on a place in the tree, and what becomes of it: mails, another folder, files from outside.

import { type DragEvent, useState } from 'react'
import type { Mailbox } from '#shared/jmap/mail.ts'
import { useStore } from '../../store/index.ts'
import { draggedHere, endDrag } from '../list/drag.ts'
import { mayMoveInto } from './folder-targets.ts'

type Kind = 'emails' | 'folders' | 'files'

/** `mailbox` null is the top of the tree; undefined is no folder, and takes nothing. */
export function useFolderDrop(mailbox: Mailbox | null | undefined, takes: readonly Kind[]) {
  const store = useStore()
  const [isTarget, setTarget] = useState(false)

  function effectOf({ dataTransfer, ctrlKey, altKey }: DragEvent): 'move' | 'copy' | undefined {
    if (mailbox === undefined) return undefined
    const { emails, folderId } = draggedHere(dataTransfer)
    if (folderId !== undefined) {
      const folder = takes.includes('folders') ? store.mailbox(folderId) : undefined
      return folder && mayMoveInto(folder, mailbox?.id ?? null, store.mailboxes()) ? 'move' : undefined
    }
    if (!mailbox || mailbox.myRights?.mayAddItems === false) return undefined
    if (emails) return takes.includes('emails') ? (ctrlKey || altKey ? 'copy' : 'move') : undefined
    return takes.includes('files') && dataTransfer.types.includes('Files') ? 'copy' : undefined
  }

  const handlers = {
    onDragOver(event: DragEvent) {
      const effect = effectOf(event)
      if (!effect) return
      event.preventDefault()
      event.dataTransfer.dropEffect = effect
      setTarget(true)
    },
    onDragLeave: () => setTarget(false),
    onDrop(event: DragEvent) {
      setTarget(false)
      const effect = effectOf(event)
      if (!effect) return
      event.preventDefault()
      const { emails, folderId } = draggedHere(event.dataTransfer)
      if (folderId !== undefined) store.actions.moveMailbox(folderId, mailbox?.id ?? null)
      else if (mailbox && emails) {
        if (effect === 'copy') store.actions.copy(emails.emailIds, mailbox.id)
        else store.actions.move(emails.emailIds, mailbox.id, emails.from)
      } else if (mailbox) {
        // Read here: the list of files is empty once this event is over.
        const files = [...event.dataTransfer.files]
        void import('./import-messages.ts').then((module) => module.importMessages(store, files, mailbox))
      }
      endDrag()
    },
  }
  return { isTarget, handlers }
}

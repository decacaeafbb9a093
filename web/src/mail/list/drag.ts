// What is on its way to a folder: mails, or another folder. What is dragged stays in memory: a drop outside of this page finds nothing.

const emailsType = 'application/x-paquebot-emails'
const folderType = 'application/x-paquebot-folder'

export interface DraggedEmails {
  readonly emailIds: readonly string[]
  readonly from: string | undefined
}

let draggedEmails: DraggedEmails | undefined
let draggedFolder: string | undefined

/** `label` is shown under the pointer. */
export function startDrag(transfer: DataTransfer, emails: DraggedEmails, label: string, className: string): void {
  draggedEmails = emails
  transfer.effectAllowed = 'copyMove'
  transfer.setData(emailsType, '')
  const image = document.createElement('div')
  image.className = className
  image.textContent = label
  document.body.append(image)
  transfer.setDragImage(image, -12, -8)
  // The browser takes its picture after this event.
  setTimeout(() => image.remove(), 0)
}

export function startFolderDrag(transfer: DataTransfer, mailboxId: string): void {
  draggedFolder = mailboxId
  transfer.effectAllowed = 'move'
  transfer.setData(folderType, '')
}

/** What the page drags, as long as it does. */
export function draggedHere(transfer: DataTransfer): { emails?: DraggedEmails; folderId?: string } {
  if (draggedEmails && transfer.types.includes(emailsType)) return { emails: draggedEmails }
  if (draggedFolder !== undefined && transfer.types.includes(folderType)) return { folderId: draggedFolder }
  return {}
}

export function endDrag(): void {
  draggedEmails = undefined
  draggedFolder = undefined
}

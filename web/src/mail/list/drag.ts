// Mails on their way to a folder. What is dragged stays in memory: a drop outside of this page finds nothing.

const mimeType = 'application/x-paquebot-emails'

export interface DraggedEmails {
  readonly emailIds: readonly string[]
  readonly from: string | undefined
}

let dragged: DraggedEmails | undefined

/** `label` is shown under the pointer. */
export function startDrag(transfer: DataTransfer, emails: DraggedEmails, label: string, className: string): void {
  dragged = emails
  transfer.effectAllowed = 'copyMove'
  transfer.setData(mimeType, '')
  const image = document.createElement('div')
  image.className = className
  image.textContent = label
  document.body.append(image)
  transfer.setDragImage(image, -12, -8)
  // The browser takes its picture after this event.
  setTimeout(() => image.remove(), 0)
}

export function isEmailDrag(transfer: DataTransfer): boolean {
  return transfer.types.includes(mimeType)
}

export function draggedEmails(): DraggedEmails | undefined {
  return dragged
}

export function endDrag(): void {
  dragged = undefined
}

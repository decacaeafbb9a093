// A dialog over the page. Focus goes in, stays in, and returns to where it was.

import { X } from 'lucide-react'
import type { ReactNode } from 'react'
import { Dialog as AriaDialog } from 'react-aria-components/Dialog'
import { Heading } from 'react-aria-components/Heading'
import { Modal, ModalOverlay } from 'react-aria-components/Modal'
import styles from './dialog.module.css'
import { IconButton } from './icon-button.tsx'

export interface DialogProps {
  readonly title: string
  readonly children: ReactNode
  /** Buttons, the main one last. */
  readonly actions?: ReactNode
  readonly closeLabel: string
  readonly onClose: () => void
  readonly size?: 'small' | 'normal' | 'large'
  /** For what needs an answer: no closing by a click outside. */
  readonly isAlert?: boolean
}

export function Dialog({ title, children, actions, closeLabel, onClose, size = 'normal', isAlert }: DialogProps) {
  return (
    <ModalOverlay
      className={styles.overlay}
      isOpen
      isDismissable={!isAlert}
      onOpenChange={(isOpen) => isOpen || onClose()}
    >
      <Modal className={`${styles.modal} ${styles[size]}`}>
        <AriaDialog className={styles.dialog} role={isAlert ? 'alertdialog' : 'dialog'}>
          <header className={styles.header}>
            <Heading slot="title" className={styles.title}>
              {title}
            </Heading>
            <IconButton label={closeLabel} icon={<X size={18} aria-hidden />} size="small" onPress={onClose} />
          </header>
          <div className={styles.body}>{children}</div>
          {actions ? <footer className={styles.actions}>{actions}</footer> : null}
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  )
}

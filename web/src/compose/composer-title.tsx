// The bar over a message being written: what it is called, whether it is saved, and the window's buttons.

import { Maximize2, Minimize2, Minus, X } from 'lucide-react'
import { useText } from '../shell/i18n.ts'
import { IconButton } from '../ui/icon-button.tsx'
import styles from './composer.module.css'
import type { KeeperState } from './draft-keeper.ts'

export interface ComposerTitleProps {
  readonly title: string
  readonly state: KeeperState
  readonly isMinimized: boolean
  readonly isExpanded: boolean
  readonly onMinimize: (isMinimized: boolean) => void
  readonly onExpand: (isExpanded: boolean) => void
  readonly onClose: () => void
}

export function ComposerTitle(props: ComposerTitleProps) {
  const t = useText('compose')
  const { title, state, isMinimized, isExpanded, onMinimize, onExpand, onClose } = props
  return (
    <div className={styles.title}>
      <button
        type="button"
        className={styles.name}
        onClick={() => onMinimize(!isMinimized)}
        aria-expanded={!isMinimized}
      >
        {title}
      </button>
      <span className={styles.saved} role="status">
        {savedText(state, t)}
      </span>
      <IconButton
        size="small"
        label={t(isMinimized ? 'restore' : 'minimize')}
        icon={<Minus size={16} aria-hidden />}
        onPress={() => onMinimize(!isMinimized)}
      />
      <IconButton
        size="small"
        className={styles.onlyWide ?? ''}
        label={t(isExpanded ? 'shrink' : 'expand')}
        icon={isExpanded ? <Minimize2 size={15} aria-hidden /> : <Maximize2 size={15} aria-hidden />}
        onPress={() => onExpand(!isExpanded)}
      />
      <IconButton size="small" label={t('saveAndClose')} icon={<X size={17} aria-hidden />} onPress={onClose} />
    </div>
  )
}

function savedText(state: KeeperState, t: ReturnType<typeof useText>): string {
  switch (state.kind) {
    case 'saving':
      return t('saving')
    case 'saved':
      return t('saved')
    case 'local':
      return t('keptHereShort')
    case 'refused':
      return t('notSaved')
    default:
      return ''
  }
}

// In place of a file that is not shown: why, and the way to have it all the same.

import { Download } from 'lucide-react'
import { useText } from '../../shell/i18n.ts'
import { FileIcon, showSize } from '../read/file-looks.tsx'
import styles from './file-viewer.module.css'
import type { ShownFile } from './shown-file.ts'

export interface NotShownProps {
  readonly file: ShownFile
  /** `failed`: it could not be fetched, or is not what it says. */
  readonly why: 'otherKind' | 'tooLarge' | 'locked' | 'failed'
}

export function NotShown({ file, why }: NotShownProps) {
  const t = useText('viewer')
  return (
    <div className={styles.notShown} role={why === 'failed' ? 'alert' : undefined}>
      <FileIcon type={file.type} size={44} />
      <p>{t(`notShown.${why}`, { size: showSize(file.size) })}</p>
      <a className={styles.offer} href={file.url} download={file.name}>
        <Download size={17} aria-hidden />
        {t('download')}
      </a>
    </div>
  )
}

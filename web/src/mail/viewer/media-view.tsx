// Sound and film, streamed by the browser's own player.

import { useState } from 'react'
import { FileIcon } from '../read/file-looks.tsx'
import styles from './file-viewer.module.css'
import { NotShown } from './not-shown.tsx'
import type { ShownFile } from './shown-file.ts'

export function MediaView({ file }: { readonly file: ShownFile }) {
  const [hasFailed, setFailed] = useState(false)
  if (hasFailed) return <NotShown file={file} why="failed" />
  const player = { src: file.url, controls: true, preload: 'metadata', onError: () => setFailed(true) } as const
  if (file.kind === 'video') {
    return <video className={styles.film} aria-label={file.name} playsInline {...player} />
  }
  return (
    <div className={styles.sound}>
      <FileIcon type={file.type} size={44} />
      <audio aria-label={file.name} {...player} />
    </div>
  )
}

// The line between folders and list, and the one between list and reading pane. Loaded once the panes stand. Each stands in a pane,
// and so in a landmark: the one at the end of the folders, the other where the reading pane begins, clear of the list's scroll bar.

import type { RefObject } from 'react'
import { useText } from '../shell/i18n.ts'
import { PaneSeparator, type PaneSeparatorProps } from '../ui/pane-separator.tsx'
import { keepPaneSize, type PaneSize, showPaneSize } from './pane-sizes.ts'

export interface PaneLineProps {
  readonly frame: RefObject<HTMLElement | null>
  /** After the folders; or before the reading pane, by where that is. */
  readonly at: 'folders' | 'right' | 'below'
}

/** Of the panes in index.tsx. */
const folders = 'folders'
const list = 'content'
// The same as in index.module.css, in rem.
const least = { folders: 12, listWidth: 20, listHeight: 10, readWidth: 22, readHeight: 12 } as const
const mostFolders = 24

export default function PaneLine({ frame, at }: PaneLineProps) {
  const t = useText('mail')
  const lines: Record<typeof at, Omit<PaneSeparatorProps, 'label' | 'onMove' | 'onDone'> & { name: PaneSize }> = {
    folders: {
      name: '--folders-size',
      orientation: 'vertical',
      edge: 'end',
      controls: folders,
      min: rem(least.folders),
      max: () => rem(mostFolders),
    },
    right: {
      name: '--list-width',
      orientation: 'vertical',
      edge: 'start',
      controls: list,
      min: rem(least.listWidth),
      max: () => (frame.current?.clientWidth ?? 0) - boxOf(folders).width - rem(least.readWidth),
    },
    below: {
      name: '--list-height',
      orientation: 'horizontal',
      edge: 'start',
      controls: list,
      min: rem(least.listHeight),
      max: () => boxOf(folders).height - rem(least.readHeight),
    },
  }
  const { name, ...line } = lines[at]
  return (
    <PaneSeparator
      key={at}
      label={t(at === 'folders' ? 'paneFolders' : 'paneList')}
      onMove={(size) => frame.current && showPaneSize(frame.current, name, size)}
      onDone={(size) => keepPaneSize(name, size)}
      {...line}
    />
  )
}

function rem(count: number): number {
  return count * Number.parseFloat(getComputedStyle(document.documentElement).fontSize)
}

function boxOf(id: string): { readonly width: number; readonly height: number } {
  return document.getElementById(id)?.getBoundingClientRect() ?? { width: 0, height: 0 }
}

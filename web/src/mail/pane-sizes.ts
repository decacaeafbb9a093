// How large somebody made the panes, by browser: another screen has other room. What was never moved has the size that the style sheet
// gives it, which goes by the window.

const key = 'paquebot.panes'

/** Custom properties of index.module.css; their bounds are there as well, for windows that became smaller. */
export type PaneSize = '--folders-size' | '--list-width' | '--list-height'

const names: readonly PaneSize[] = ['--folders-size', '--list-width', '--list-height']

function readSizes(): Partial<Record<PaneSize, number>> {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(key) ?? '{}')
    const entries = Object.entries(typeof stored === 'object' && stored !== null ? stored : {})
    return Object.fromEntries(
      entries.filter(([name, size]) => names.includes(name as PaneSize) && Number.isFinite(size)),
    )
  } catch {
    return {}
  }
}

export function applyPaneSizes(frame: HTMLElement): void {
  for (const [name, size] of Object.entries(readSizes())) frame.style.setProperty(name, `${size}px`)
}

/** Without React: panes follow the pointer at the screen's pace. `null`: as if it had never been moved. */
export function showPaneSize(frame: HTMLElement, name: PaneSize, size: number | null): void {
  if (size === null) frame.style.removeProperty(name)
  else frame.style.setProperty(name, `${size}px`)
}

export function keepPaneSize(name: PaneSize, size: number | null): void {
  const { [name]: _, ...others } = readSizes()
  try {
    localStorage.setItem(key, JSON.stringify(size === null ? others : { ...others, [name]: size }))
  } catch {
    // Private windows of some browsers have no storage: the size lasts as long as the page.
  }
}

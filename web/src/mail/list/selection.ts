// Which rows are chosen. «All» means all of the list, those never seen included.

export interface Selection {
  readonly ids: ReadonlySet<string>
  readonly isAll: boolean
  /** Where a range with Shift begins. */
  readonly anchor: string | undefined
}

export const nothingSelected: Selection = { ids: new Set(), isAll: false, anchor: undefined }

export function isSelected(selection: Selection, id: string): boolean {
  return selection.isAll || selection.ids.has(id)
}

export function toggle(selection: Selection, id: string): Selection {
  const ids = new Set(selection.ids)
  if (!ids.delete(id)) ids.add(id)
  return { ids, isAll: false, anchor: id }
}

/** The rows from the anchor to `id`, in place of what was chosen before by a range. */
export function selectRange(
  selection: Selection,
  id: string,
  list: { positionOf(id: string): number; idAt(position: number): string | undefined },
): Selection {
  const from = selection.anchor === undefined ? -1 : list.positionOf(selection.anchor)
  const to = list.positionOf(id)
  if (from === -1 || to === -1) return { ids: new Set([...selection.ids, id]), isAll: false, anchor: id }
  const ids = new Set<string>()
  for (let position = Math.min(from, to); position <= Math.max(from, to); position++) {
    const row = list.idAt(position)
    if (row !== undefined) ids.add(row)
  }
  return { ids, isAll: false, anchor: selection.anchor }
}

export function selectMany(ids: Iterable<string>): Selection {
  return { ids: new Set(ids), isAll: false, anchor: undefined }
}

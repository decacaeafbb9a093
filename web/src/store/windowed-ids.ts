// The ids of a query's rows, as far as they are known: a sparse list over the whole result. What the server changed is
// spliced in (RFC 8620 §5.6); what can no longer be trusted is kept as a ghost, to be shown until the truth is read, so
// that a list never blinks. Rows that an action takes away are hidden on top, and come back if it fails.

import type { QueryChangesResponse, QueryResponse } from '#shared/jmap/core.ts'

export class WindowedIds {
  /** Rows of the server's list; undefined where not read. */
  #ids: (string | undefined)[] = []
  #ghosts: (string | undefined)[] = []
  #hidden = new Set<string>()
  /** Rows shown before the server listed them; its next word on the list replaces them. */
  #early = new Set<string>()
  #visible: readonly (string | undefined)[] | null = null

  /** Rows of the server's list, hidden ones too. */
  get length(): number {
    return this.#ids.length
  }

  get total(): number {
    return this.#view().length
  }

  /** Rows hidden now: positions on screen lie at most so far before those of the server. */
  get hiddenCount(): number {
    return this.#hidden.size
  }

  idAt(position: number): string | undefined {
    const view = this.#view()
    if (position >= view.length) return undefined
    return view[position] ?? (this.#hidden.size === 0 ? this.#ghosts[position] : undefined)
  }

  positionOf(id: string): number {
    return this.#view().indexOf(id)
  }

  has(id: string): boolean {
    return this.#ids.includes(id)
  }

  knownIds(): string[] {
    return this.#ids.filter((id) => id !== undefined)
  }

  isHidden(id: string): boolean {
    return this.#hidden.has(id)
  }

  /** The first stretch within the server's positions [from, to) that must be read, or null. */
  missing(from: number, to: number): { from: number; to: number } | null {
    const end = Math.min(to, this.#ids.length)
    let start = Math.max(0, from)
    while (start < end && this.#ids[start] !== undefined) start++
    if (start >= end) return null
    let stop = end
    while (stop > start && this.#ids[stop - 1] !== undefined) stop--
    return { from: start, to: stop }
  }

  /** A window as read. Ids that were elsewhere leave there a gap: the list moved under us. */
  put({ position, ids }: Pick<QueryResponse, 'position' | 'ids'>, total: number): void {
    this.#forgetEarly()
    this.#resize(total)
    const isNew = new Set(ids)
    for (let i = 0; i < this.#ids.length; i++) {
      const id = this.#ids[i]
      if (id !== undefined && isNew.has(id)) this.#ids[i] = undefined
    }
    ids.forEach((id, i) => {
      this.#ids[position + i] = id
    })
    this.#changed()
  }

  /** False when the changes cannot be placed: then everything behind the first gap has been forgotten. */
  apply(changes: Pick<QueryChangesResponse, 'removed' | 'added' | 'total'>): boolean {
    this.#forgetEarly()
    const known = new Set(this.knownIds())
    const firstGap = this.#ids.indexOf(undefined)
    // An unknown id that was removed lay behind the first gap, if it was in the list at all: what is behind it may have
    // moved by one. RFC 8620 §5.6 lets servers name ids that never were in the list.
    const hasUnknown = firstGap !== -1 && changes.removed.some((id) => !known.has(id))
    if (hasUnknown) this.#forgetFrom(firstGap)
    const removed = new Set(changes.removed)
    for (const { id } of changes.added) removed.add(id)
    this.#ids = this.#ids.filter((id) => id === undefined || !removed.has(id))
    for (const { id, index } of [...changes.added].sort((a, b) => a.index - b.index)) {
      if (index > this.#ids.length) this.#ids.length = index
      this.#ids.splice(index, 0, id)
    }
    for (const id of removed) if (!this.#ids.includes(id)) this.#hidden.delete(id)
    if (changes.total !== undefined) this.#resize(changes.total)
    this.#ghosts = []
    this.#changed()
    return !hasUnknown
  }

  /** Nothing is certain any more: all is read again as it comes into view, and shown as it was until then. */
  distrust(): void {
    this.#ghosts = this.#ids.map((id, i) => id ?? this.#ghosts[i])
    this.#forgetFrom(0)
    this.#changed()
  }

  setHidden(id: string, isHidden: boolean): boolean {
    if (this.#hidden.has(id) === isHidden) return false
    if (isHidden) this.#hidden.add(id)
    else this.#hidden.delete(id)
    this.#changed()
    return true
  }

  /** Shows a row that the server has not listed yet, before the first row for which `isAfter` holds. Only where the list is known without a gap. */
  insert(id: string, isAfter: (other: string) => boolean): boolean {
    for (let i = 0; i < this.#ids.length; i++) {
      const other = this.#ids[i]
      if (other === undefined) return false
      if (isAfter(other)) {
        this.#ids.splice(i, 0, id)
        this.#early.add(id)
        this.#changed()
        return true
      }
    }
    this.#ids.push(id)
    this.#early.add(id)
    this.#changed()
    return true
  }

  #view(): readonly (string | undefined)[] {
    this.#visible ??=
      this.#hidden.size === 0 ? this.#ids : this.#ids.filter((id) => id === undefined || !this.#hidden.has(id))
    return this.#visible
  }

  #forgetEarly(): void {
    if (this.#early.size === 0) return
    this.#ids = this.#ids.filter((id) => id === undefined || !this.#early.has(id))
    for (const id of this.#early) this.#hidden.delete(id)
    this.#early.clear()
  }

  #resize(total: number): void {
    const before = this.#ids.length
    this.#ids.length = total
    if (total > before) this.#ids.fill(undefined, before)
    if (this.#ghosts.length > total) this.#ghosts.length = total
  }

  #forgetFrom(index: number): void {
    this.#ids.fill(undefined, index)
  }

  #changed(): void {
    this.#visible = null
  }
}

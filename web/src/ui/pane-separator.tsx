// The line between two panes (WAI-ARIA APG, «Window Splitter»): dragged by a pointer, moved by arrow keys, put back by a double click or
// Enter. What it says and bounds is the size of the pane before it; keeping the size is the matter of who uses it.

import { type KeyboardEvent, type PointerEvent, useLayoutEffect, useRef, useState } from 'react'
import styles from './pane-separator.module.css'

export interface PaneSeparatorProps {
  readonly label: string
  /** `vertical`: between panes side by side. */
  readonly orientation: 'vertical' | 'horizontal'
  /** Which edge of the element that it stands in: the pane before it, or the one after. */
  readonly edge: 'start' | 'end'
  /** Id of the pane before it. */
  readonly controls: string
  readonly min: number
  /** How much room there is; asked whenever that may have changed. */
  readonly max: () => number
  /** While it moves. `null`: as if it had never been moved. */
  readonly onMove: (size: number | null) => void
  /** Where it stays. */
  readonly onDone: (size: number | null) => void
}

const stepPx = 16
const longStepPx = 64

export function PaneSeparator(props: PaneSeparatorProps) {
  const { label, orientation, edge, controls, min, onMove, onDone } = props
  const isVertical = orientation === 'vertical'
  const [{ size, max }, setMeasured] = useState({ size: min, max: min })
  const [isDragged, setDragged] = useState(false)
  const drag = useRef<{ readonly from: number; readonly size: number; last: number } | null>(null)

  // What the pane measures, not what was wished: the window may have become too small for that.
  const maxOf = useRef(props.max)
  maxOf.current = props.max
  useLayoutEffect(() => {
    const pane = document.getElementById(controls)
    if (!pane) return
    const measure = () => {
      const box = pane.getBoundingClientRect()
      setMeasured({ size: Math.round(isVertical ? box.width : box.height), max: Math.round(maxOf.current()) })
    }
    const observer = new ResizeObserver(measure)
    observer.observe(pane)
    observer.observe(document.documentElement)
    return () => observer.disconnect()
  }, [controls, isVertical])

  const bounded = (wanted: number) => Math.round(Math.max(min, Math.min(max, wanted)))
  const along = (event: PointerEvent) => (isVertical ? event.clientX : event.clientY)
  /** The pane before a vertical line is at its right in Arabic. */
  const direction = () => (isVertical && document.documentElement.dir === 'rtl' ? -1 : 1)

  function settle(wanted: number | null): void {
    onMove(wanted)
    onDone(wanted)
  }

  function begin(event: PointerEvent<HTMLDivElement>): void {
    if (event.button !== 0) return
    // No text is marked on the way; frames of messages do not take the pointer away.
    event.preventDefault()
    event.currentTarget.setPointerCapture(event.pointerId)
    drag.current = { from: along(event), size, last: size }
    setDragged(true)
  }

  function follow(event: PointerEvent): void {
    if (!drag.current) return
    drag.current.last = bounded(drag.current.size + direction() * (along(event) - drag.current.from))
    if (drag.current.last !== drag.current.size) onMove(drag.current.last)
  }

  function end(isKept: boolean): void {
    const dragged = drag.current
    drag.current = null
    setDragged(false)
    if (!dragged || dragged.last === dragged.size) return
    if (isKept) onDone(dragged.last)
    else onMove(dragged.size)
  }

  function pressed(event: KeyboardEvent): void {
    const step = event.shiftKey ? longStepPx : stepPx
    const [back, on] = isVertical ? ['ArrowLeft', 'ArrowRight'] : ['ArrowUp', 'ArrowDown']
    if (event.key === 'Escape' && drag.current) end(false)
    else if (event.key === back) settle(bounded(size - direction() * step))
    else if (event.key === on) settle(bounded(size + direction() * step))
    else if (event.key === 'Home') settle(bounded(min))
    else if (event.key === 'End') settle(bounded(max))
    else if (event.key === 'Enter') settle(null)
    else return
    event.preventDefault()
    // The list has keys of the same names.
    event.stopPropagation()
  }

  return (
    // biome-ignore lint/a11y/useSemanticElements: a rule cannot be moved
    <div
      role="separator"
      tabIndex={0}
      aria-label={label}
      aria-orientation={orientation}
      aria-controls={controls}
      aria-valuenow={size}
      aria-valuemin={min}
      aria-valuemax={Math.max(min, max)}
      className={styles.separator}
      data-orientation={orientation}
      data-edge={edge}
      data-dragged={isDragged || undefined}
      onPointerDown={begin}
      onPointerMove={follow}
      onPointerUp={() => end(true)}
      onPointerCancel={() => end(false)}
      onLostPointerCapture={() => end(true)}
      onDoubleClick={() => settle(null)}
      onKeyDown={pressed}
    />
  )
}

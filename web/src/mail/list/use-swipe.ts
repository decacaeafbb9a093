// A row drawn aside by a finger. Only sideways: what begins up or down scrolls the list, and the browser takes it (touch-action in
// message-row.module.css). Mouse and pen have the buttons; keys and menus do the same.

import { type PointerEvent, useRef, useState } from 'react'

/** Towards which end of the line the row goes. */
export type SwipeSide = 'start' | 'end'

export interface Swipe {
  readonly side: SwipeSide
  /** Far enough: letting go now does it. */
  readonly isArmed: boolean
}

/** Less is a tap with an unsteady finger. */
const slopPx = 12
const armedShare = 0.33
const armedPx = 120

export function useSwipe(onSwipe: (side: SwipeSide) => void) {
  const [swipe, setSwipe] = useState<Swipe | null>(null)
  const touch = useRef<{ readonly id: number; readonly x: number; readonly y: number; isTaken: boolean } | null>(null)
  /** A finger that drew the row aside has not tapped it. */
  const wasSwiped = useRef(false)

  function move(event: PointerEvent<HTMLElement>): void {
    const begun = touch.current
    if (!begun || begun.id !== event.pointerId) return
    const [x, y] = [event.clientX - begun.x, event.clientY - begun.y]
    const row = event.currentTarget
    if (!begun.isTaken) {
      if (Math.abs(y) > slopPx) touch.current = null
      if (Math.abs(y) > slopPx || Math.abs(x) < slopPx) return
      begun.isTaken = true
      wasSwiped.current = true
      row.setPointerCapture(event.pointerId)
    }
    row.style.transform = `translateX(${x}px)`
    const isToStart = x < 0 !== (document.documentElement.dir === 'rtl')
    const isArmed = Math.abs(x) >= Math.min(armedPx, row.clientWidth * armedShare)
    setSwipe((last) => {
      const next: Swipe = { side: isToStart ? 'start' : 'end', isArmed }
      return last?.side === next.side && last.isArmed === isArmed ? last : next
    })
  }

  function end(event: PointerEvent<HTMLElement>, isDone: boolean): void {
    if (touch.current?.id !== event.pointerId) return
    touch.current = null
    event.currentTarget.style.transform = ''
    setSwipe(null)
    if (isDone && swipe?.isArmed) onSwipe(swipe.side)
  }

  return {
    swipe,
    /** Whether the click that comes now is the end of a swipe. */
    wasSwiped: () => wasSwiped.current,
    handlers: {
      onPointerDown(event: PointerEvent<HTMLElement>) {
        wasSwiped.current = false
        if (event.pointerType !== 'touch' || !event.isPrimary) return
        touch.current = { id: event.pointerId, x: event.clientX, y: event.clientY, isTaken: false }
      },
      onPointerMove: move,
      onPointerUp: (event: PointerEvent<HTMLElement>) => end(event, true),
      onPointerCancel: (event: PointerEvent<HTMLElement>) => end(event, false),
    },
  }
}

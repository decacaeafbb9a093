/**
 * What `work` comes to, or, when that takes longer than `ms`, what `onLate` returns or throws. Nothing stops `work` but what `onLate`
 * does to it; a fault that comes later is nobody's.
 */
export async function orLate<Result, Late>(
  work: Promise<Result>,
  ms: number,
  onLate: () => Late,
): Promise<Result | Late> {
  let isOver = false
  const late = Promise.withResolvers<Late>()
  const end = () => {
    if (isOver) return
    try {
      late.resolve(onLate())
    } catch (error) {
      late.reject(error)
    }
  }
  // After a pause of the process timers run before sockets are read: what has arrived by now is in time.
  const timer = setTimeout(() => setImmediate(end), ms)
  try {
    return await Promise.race([work, late.promise])
  } finally {
    isOver = true
    clearTimeout(timer)
  }
}

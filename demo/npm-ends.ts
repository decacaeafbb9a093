// npm that is killed takes nobody with it: the shell that it runs a script in goes on, and so would the demo, with nobody left to press Ctrl-C.

import { readFileSync } from 'node:fs'

const CHECK_MS = 500

/** Calls back once the npm that runs us is gone; does nothing when none does: who is started in the background outlives their shell. */
export function whenNpmEnds(callback: () => void): void {
  if (process.env.npm_lifecycle_event === undefined) return
  const parent = process.ppid
  // Between npm and us stands `sh -c`, unless that has replaced itself by us.
  const isShell = /^(da|ba)?sh$/.test(statOf(parent)?.name ?? '')
  const grandparent = isShell ? statOf(parent)?.parent : undefined
  const timer = setInterval(() => {
    if (process.ppid === parent && (!isShell || statOf(parent)?.parent === grandparent)) return
    clearInterval(timer)
    callback()
  }, CHECK_MS)
  timer.unref()
}

/** proc_pid_stat(5): `pid (name) state parent …`. */
function statOf(pid: number): { name: string; parent: number } | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const nameEnd = stat.lastIndexOf(')')
    return { name: stat.slice(stat.indexOf('(') + 1, nameEnd), parent: Number(stat.slice(nameEnd + 2).split(' ')[1]) }
  } catch {
    return null // It has ended.
  }
}

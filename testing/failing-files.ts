// The file calls of node:fs with faults to order: a disk that is full, an NFS server whose handles have gone stale, one that hangs.

import * as fs from 'node:fs/promises'
import type { Files } from '#drivers/blob/fs.ts'

type Call = keyof Files | 'write' | 'read' | 'sync' | 'close'
/** A code to fail with, `'short'` for a write that takes half of what it was given, `'hang'` for one that never ends, or null: as it is. */
type Fault = string | null

export interface FailingFiles {
  readonly files: Files
  /** Asked before each call. */
  fault: (call: Call, path: string) => Fault
  /** Lets the calls that hang go on. */
  wake(): void
}

export function failingFiles(): FailingFiles {
  let waking = Promise.withResolvers<void>()
  const wake = () => {
    waking.resolve()
    waking = Promise.withResolvers()
  }
  const under: { files: Files; fault: FailingFiles['fault']; wake: () => void } = { files: fs, fault: () => null, wake }
  async function meet(call: Call, path: string): Promise<void> {
    const fault = under.fault(call, path)
    if (fault === 'hang') await waking.promise
    else if (fault !== null && fault !== 'short')
      throw Object.assign(new Error(`${fault}: ${call} ${path}`), { code: fault, syscall: call })
  }
  const around =
    <Args extends readonly unknown[], Result>(call: Call, work: (...args: Args) => Promise<Result>) =>
    async (...args: Args): Promise<Result> => {
      await meet(call, String(args[0]))
      return work(...args)
    }
  under.files = {
    mkdir: around(
      'mkdir',
      fs.mkdir as unknown as (...args: unknown[]) => Promise<unknown>,
    ) as unknown as Files['mkdir'],
    opendir: around('opendir', fs.opendir),
    rename: around('rename', fs.rename),
    rm: around('rm', fs.rm),
    stat: around('stat', fs.stat as unknown as (...args: unknown[]) => Promise<unknown>) as unknown as Files['stat'],
    writeFile: around('writeFile', fs.writeFile),
    async open(path, ...rest) {
      await meet('open', String(path))
      const file = await fs.open(path, ...rest)
      return new Proxy(file, {
        get(_, name) {
          const member = file[name as keyof typeof file]
          if (typeof member !== 'function') return member
          const work = member.bind(file) as (...args: unknown[]) => Promise<unknown>
          if (name === 'write')
            return async (chunk: Uint8Array, at: number, length: number) => {
              await meet('write', String(path))
              const isShort = length > 1 && under.fault('write', String(path)) === 'short'
              return work(chunk, at, isShort ? length >> 1 : length)
            }
          if (name === 'close')
            return async () => {
              await work() // The descriptor goes in any case: close(2).
              await meet('close', String(path))
            }
          return name === 'read' || name === 'sync'
            ? async (...args: unknown[]) => {
                await meet(name, String(path))
                return work(...args)
              }
            : work
        },
      })
    },
  }
  return under
}

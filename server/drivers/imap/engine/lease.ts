// A connection lent by the pool for one piece of work: the same, but it remembers whether something may have been changed through it.

import { Failure } from '#core/errors.ts'
import { noop } from './commands/select.ts'
import type { Command, Connection, ConnectionListener } from './types.ts'

export class Lease implements Connection {
  /** A command with effect `change` was applied, or may have been: the work must not be done again. */
  mayHaveChanged = false
  /** A mailbox was renamed or deleted: what is selected elsewhere under that name may be another now. */
  hasMovedMailboxes = false
  readonly #connection: Connection
  /** The connection was not heard of for a while: it may be dead without our knowing. */
  #isDoubtful: boolean

  constructor(connection: Connection, isDoubtful: boolean) {
    this.#connection = connection
    this.#isDoubtful = isDoubtful
  }

  get features() {
    return this.#connection.features
  }
  get capabilities() {
    return this.#connection.capabilities
  }
  get selected() {
    return this.#connection.selected
  }
  get isOpen() {
    return this.#connection.isOpen
  }
  get pending() {
    return this.#connection.pending
  }
  get isBusy() {
    return this.#connection.isBusy
  }
  get counts() {
    return this.#connection.counts
  }
  get serverId() {
    return this.#connection.serverId
  }

  async run<T>(command: Command<T>, signal?: AbortSignal): Promise<T> {
    if (command.effect !== 'change') return this.#connection.run(command, signal)
    if (command.name === 'RENAME' || command.name === 'DELETE') this.hasMovedMailboxes = true
    if (this.#isDoubtful) {
      // A change sent into a dead connection has an unknown fate; a NOOP has none, and the work begins anew.
      await noop(this.#connection)
      this.#isDoubtful = false
    }
    try {
      const result = await this.#connection.run(command, signal)
      this.mayHaveChanged = true
      return result
    } catch (error) {
      // Refused, or never sent whole: nothing happened. Given up, or cut before the answer: who knows.
      if (error instanceof Failure && (error.detail.isUncertain === true || error.code === 'canceled'))
        this.mayHaveChanged = true
      throw error
    }
  }

  listen(listener: ConnectionListener) {
    return this.#connection.listen(listener)
  }
  setIdle(on: boolean, pollMs?: number) {
    this.#connection.setIdle(on, pollMs)
  }
  close() {
    return this.#connection.close()
  }
  destroy(failure: Failure) {
    this.#connection.destroy(failure)
  }
}

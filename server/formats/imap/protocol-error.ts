// The server said what the grammar or our limits do not allow. The engine translates it to a Failure at its edge.

export class ProtocolError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'ProtocolError'
  }
}

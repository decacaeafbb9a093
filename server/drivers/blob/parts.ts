// A stream cut into parts of one size, the last one shorter: no more than one part is held in memory.

export interface Part {
  readonly bytes: Uint8Array
  readonly isLast: boolean
}

/** At least one part, the last and only one empty when the stream is. A stream that ends with a full part ends with that. */
export async function* partsOf(source: AsyncIterable<Uint8Array>, partBytes: number): AsyncGenerator<Part> {
  let held: Uint8Array[] = []
  let heldBytes = 0
  for await (const chunk of source) {
    let rest = chunk
    while (rest.length > 0) {
      // Only when more follows: the last part has to be known as such.
      if (heldBytes === partBytes) {
        yield { bytes: Buffer.concat(held), isLast: false }
        held = []
        heldBytes = 0
      }
      const piece = rest.subarray(0, partBytes - heldBytes)
      held.push(piece)
      heldBytes += piece.length
      rest = rest.subarray(piece.length)
    }
  }
  yield { bytes: Buffer.concat(held), isLast: true }
}

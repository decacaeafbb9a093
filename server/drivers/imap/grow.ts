// Typed arrays that grow: half as much again each time, so that an index wastes little and copies seldom.

type TypedArray = Uint8Array | Uint16Array | Uint32Array | BigUint64Array

export function grown<T extends TypedArray>(array: T, length: number): T {
  if (length <= array.length) return array
  const capacity = Math.max(length, 64, Math.ceil(array.length * 1.5))
  const larger = new (array.constructor as new (length: number) => T)(capacity)
  larger.set(array as never)
  return larger
}

/** A sparse table of numbers by hash: open addressing, linear probing, nothing is ever removed. 0 marks a free slot. */
export interface HashTable {
  /** The number whose key equals, or -1. */
  find(hash: number, equals: (number: number) => boolean): number
  /** `hashOf` is asked for when the table grows. */
  add(hash: number, number: number): void
  readonly byteLength: number
}

export function createHashTable(hashOf: (number: number) => number): HashTable {
  let slots = new Uint32Array(256)
  let used = 0
  const put = (hash: number, stored: number) => {
    const mask = slots.length - 1
    let at = hash & mask
    while (slots[at] !== 0) at = (at + 1) & mask
    slots[at] = stored
  }
  return {
    find(hash, equals) {
      const mask = slots.length - 1
      for (let at = hash & mask; slots[at] !== 0; at = (at + 1) & mask) {
        const number = (slots[at] as number) - 1
        if (equals(number)) return number
      }
      return -1
    },
    add(hash, number) {
      if (++used * 4 > slots.length * 3) {
        const before = slots
        slots = new Uint32Array(slots.length * 2)
        for (const stored of before) if (stored !== 0) put(hashOf(stored - 1), stored)
      }
      put(hash, number + 1)
    },
    get byteLength() {
      return slots.byteLength
    },
  }
}

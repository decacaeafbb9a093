// A winmail.dat (MS-OXTNEF) with these files, as Outlook writes them: short name in the code page, long name as a property.

const attribute = (id: number, data: Buffer): Buffer => {
  const head = Buffer.alloc(9)
  head.writeUInt8(2, 0)
  head.writeUInt16LE(id, 1)
  head.writeUInt32LE(data.length, 5)
  const sum = Buffer.alloc(2)
  sum.writeUInt16LE(data.reduce((total, octet) => (total + octet) & 0xffff, 0))
  return Buffer.concat([head, data, sum])
}

const u32 = (value: number) => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

function properties(name: string): Buffer {
  const text = Buffer.from(`${name}\0`, 'utf16le')
  const padding = Buffer.alloc((4 - (text.length % 4)) % 4)
  const size = [u32((0x0e20 << 16) | 3), u32(7)]
  return Buffer.concat([u32(2), ...size, u32((0x3707 << 16) | 31), u32(1), u32(text.length), text, padding])
}

export function tnef(files: readonly (readonly [name: string, content: string])[]): Buffer {
  return Buffer.concat([
    u32(0x223e9f78),
    Buffer.from([1, 0]),
    attribute(0x9007, Buffer.concat([u32(1252), u32(0)])),
    ...files.flatMap(([name, content], index) => [
      attribute(0x9002, Buffer.alloc(14)),
      attribute(0x8010, Buffer.from(`FILE~${index}.TXT\0`, 'latin1')),
      attribute(0x800f, Buffer.from(content)),
      attribute(0x9005, properties(name)),
    ]),
  ])
}

// Attachments that open in the programs they are for: PDF, PNG, ZIP, DOCX, CSV, text, each made in code.

import { crc32, deflateSync } from 'node:zlib'
import type { FileContent } from './mime.ts'
import type { Random } from './random.ts'

export function pdf(name: string, title: string, lines: readonly string[]): FileContent {
  const escaped = (line: string) => line.replaceAll(/[^\x20-\x7e]/g, '?').replaceAll(/[()\\]/g, '\\$&')
  const rows = lines.map((line) => `0 -18 Td (${escaped(line)}) Tj`).join('\n')
  const page = `BT /F2 20 Tf 64 760 Td (${escaped(title)}) Tj /F1 11 Tf 0 -14 Td\n${rows}\nET\n0.2 0.35 0.5 RG 64 748 m 531 748 l S`
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R /F2 6 0 R >> >> >>',
    `<< /Length ${page.length} >>\nstream\n${page}\nendstream`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold >>',
  ]
  let out = '%PDF-1.4\n'
  const offsets = objects.map((object, n) => {
    const offset = out.length
    out += `${n + 1} 0 obj\n${object}\nendobj\n`
    return offset
  })
  const table = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('')
  out += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${table}trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${out.length}\n%%EOF\n`
  return { name, type: 'application/pdf', bytes: Buffer.from(out, 'latin1') }
}

/** A liner on the sea at some hour of the day, drawn by distance functions. */
export function picture(name: string, random: Random, width = 320, height = 200): FileContent {
  const dusk = random.next()
  const horizon = height * (0.55 + random.next() * 0.15)
  const shipX = width * (0.3 + random.next() * 0.4)
  const sun = { x: width * random.next(), y: horizon * (0.3 + random.next() * 0.6), r: 10 + random.next() * 14 }
  const mix = (a: number, b: number, t: number) => Math.round(a + (b - a) * t)
  const rows: Buffer[] = []
  for (let y = 0; y < height; y++) {
    const row = Buffer.alloc(1 + width * 3)
    for (let x = 0; x < width; x++) {
      const depth = y / height
      let color = [mix(120, 250, dusk * depth), mix(170, 170, depth), mix(220, 140, dusk * depth)]
      if (Math.hypot(x - sun.x, y - sun.y) < sun.r && y < horizon) color = [255, 236, 190]
      if (y >= horizon) {
        const wave = Math.sin(x * 0.16 + y * 0.9) * 9
        color = [mix(30, 70, dusk) + wave, mix(80, 70, dusk) + wave, mix(120, 95, dusk) + wave]
      }
      const dx = x - shipX
      const dy = y - horizon
      if (Math.abs(dx) < 70 + dy * -1.2 && dy > -12 && dy < 6) color = [28, 34, 48]
      if (Math.abs(dx) < 48 && dy > -24 && dy <= -12) color = [240, 238, 230]
      if ((Math.abs(dx + 18) < 6 || Math.abs(dx - 14) < 6) && dy > -44 && dy <= -24)
        color = dy < -36 ? [20, 20, 24] : [190, 52, 40]
      for (let c = 0; c < 3; c++) row[1 + x * 3 + c] = Math.max(0, Math.min(255, color[c] as number))
    }
    rows.push(row)
  }
  return { name, type: 'image/png', bytes: png(width, height, Buffer.concat(rows)) }
}

function png(width: number, height: number, scanlines: Buffer): Buffer {
  const chunk = (type: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
    const frame = Buffer.alloc(8)
    frame.writeUInt32BE(data.length, 0)
    frame.writeUInt32BE(crc32(body), 4)
    return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)])
  }
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, 2, 0, 0, 0], 8)
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(scanlines)),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

export function zip(
  name: string,
  entries: Readonly<Record<string, string | Buffer>>,
  type = 'application/zip',
): FileContent {
  const locals: Buffer[] = []
  const central: Buffer[] = []
  let offset = 0
  for (const [path, content] of Object.entries(entries)) {
    const data = Buffer.from(content)
    const pathBytes = Buffer.from(path)
    const shared = Buffer.alloc(26) // From "version needed" to "extra length", the same in both places.
    shared.writeUInt16LE(20, 0)
    shared.writeUInt16LE(0x800, 2) // UTF-8 names
    shared.writeUInt16LE(0x5a21, 8) // 2025-01-01
    shared.writeUInt32LE(crc32(data), 10)
    shared.writeUInt32LE(data.length, 14)
    shared.writeUInt32LE(data.length, 18)
    shared.writeUInt16LE(pathBytes.length, 22)
    const place = Buffer.alloc(14)
    place.writeUInt32LE(offset, 10)
    const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), shared, pathBytes, data])
    locals.push(local)
    central.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x00', 'latin1'), shared, place, pathBytes]))
    offset += local.length
  }
  const directory = Buffer.concat(central)
  const end = Buffer.alloc(22)
  end.write('PK\x05\x06', 0, 'latin1')
  end.writeUInt16LE(central.length, 8)
  end.writeUInt16LE(central.length, 10)
  end.writeUInt32LE(directory.length, 12)
  end.writeUInt32LE(offset, 16)
  return { name, type, bytes: Buffer.concat([...locals, directory, end]) }
}

export function docx(name: string, paragraphs: readonly string[]): FileContent {
  const escaped = (line: string) => line.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
  const schemas = 'http://schemas.openxmlformats.org'
  const head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
  const body = paragraphs
    .map((line) => `<w:p><w:r><w:t xml:space="preserve">${escaped(line)}</w:t></w:r></w:p>`)
    .join('')
  const wordType = 'application/vnd.openxmlformats-officedocument.wordprocessingml'
  return zip(
    name,
    {
      '[Content_Types].xml': `${head}<Types xmlns="${schemas}/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/word/document.xml" ContentType="${wordType}.document.main+xml"/></Types>`,
      '_rels/.rels': `${head}<Relationships xmlns="${schemas}/package/2006/relationships"><Relationship Id="rId1" Type="${schemas}/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>`,
      'word/document.xml': `${head}<w:document xmlns:w="${schemas}/wordprocessingml/2006/main"><w:body>${body}</w:body></w:document>`,
    },
    `${wordType}.document`,
  )
}

export function csv(name: string, rows: readonly (readonly (string | number)[])[]): FileContent {
  return { name, type: 'text/csv; charset=utf-8', bytes: Buffer.from(rows.map((row) => row.join(';')).join('\r\n')) }
}

export function textFile(name: string, content: string): FileContent {
  return { name, type: 'text/plain; charset=utf-8', bytes: Buffer.from(content) }
}

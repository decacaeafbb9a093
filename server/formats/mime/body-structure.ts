// The MIME tree as the mail server's BODYSTRUCTURE tells it (RFC 9051 §7.5.2): for messages too large to be read whole. What it
// leaves out (header fields, sizes after decoding, Content-ID of a multipart) is null here, or read by the section.

import type { BodyStructureNode } from './body-structure-node.ts'
import {
  type MimePart,
  readCharset,
  readContentId,
  readEncoding,
  readLocation,
  readName,
  readType,
} from './mime-part.ts'
import { decodeParameters } from './parameters.ts'

export function partOfBodyStructure(node: BodyStructureNode): MimePart {
  const parameters = decodeParameters(Object.entries(node.parameters))
  const disposition = decodeParameters(Object.entries(node.disposition?.parameters ?? {}))
  const children = node.children.length > 0 ? node.children.map(partOfBodyStructure) : null
  const read = readType(node.type) ?? 'text/plain'
  const type = !children && read.startsWith('multipart/') ? 'text/plain' : read
  return {
    section: !children && node.section === '' ? '1' : node.section,
    type,
    parameters,
    charset: readCharset(type, true, parameters),
    disposition: node.disposition?.type.trim().toLowerCase() || null,
    name: readName(disposition, parameters),
    cid: readContentId(node.contentId ?? ''),
    language: node.language && node.language.length > 0 ? node.language : null,
    location: readLocation(node.location ?? ''),
    encoding: readEncoding(node.encoding),
    encodedSize: node.size,
    children,
    fields: null,
    content: null,
  }
}

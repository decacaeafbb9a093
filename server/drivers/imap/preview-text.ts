// The beginning of a message's text, for servers without PREVIEW (RFC 8970): of octets cut anywhere, in whatever encoding.

import { decodeCharset } from '#formats/mime/charset.ts'
import { previewOf } from '#formats/mime/preview.ts'
import { decodeTransfer } from '#formats/mime/transfer.ts'
import type { BodyNode } from '#ports/mail-store.ts'

/** The part to make it of: the first plain text, else the first HTML; null without either. */
export function previewPart(node: BodyNode): BodyNode | null {
  const leaves = leavesOf(node).filter((leaf) => leaf.disposition?.type.toLowerCase() !== 'attachment')
  return leaves.find(({ type }) => type === 'text/plain') ?? leaves.find(({ type }) => type === 'text/html') ?? null
}

function leavesOf(node: BodyNode): readonly BodyNode[] {
  return node.children.length === 0 ? [node] : node.children.flatMap(leavesOf)
}

export function previewText(octets: Uint8Array, part: BodyNode): string {
  const { bytes } = decodeTransfer(octets, part.encoding)
  return previewOf(decodeCharset(bytes, part.parameters.charset ?? null).text, part.type)
}

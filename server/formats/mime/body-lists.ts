// Which parts are the body and which are attachments: RFC 8621 §4.1.4, `parseStructure`, as it stands there.

import type { MimePart } from './mime-part.ts'

export interface BodyLists {
  readonly textBody: readonly MimePart[]
  readonly htmlBody: readonly MimePart[]
  readonly attachments: readonly MimePart[]
}

const isInlineMedia = (type: string) => /^(image|audio|video)\//.test(type)

export function bodyLists(root: MimePart): BodyLists {
  const textBody: MimePart[] = []
  const htmlBody: MimePart[] = []
  const attachments: MimePart[] = []
  walk([root], 'mixed', false, htmlBody, textBody, attachments)
  return { textBody, htmlBody, attachments }
}

function walk(
  parts: readonly MimePart[],
  multipartType: string,
  inAlternative: boolean,
  htmlList: MimePart[] | null,
  textList: MimePart[] | null,
  attachments: MimePart[],
): void {
  let htmlBody = htmlList
  let textBody = textList
  const textLength = textBody ? textBody.length : -1
  const htmlLength = htmlBody ? htmlBody.length : -1
  for (const [index, part] of parts.entries()) {
    if (part.children) {
      const subtype = part.type.slice('multipart/'.length)
      walk(part.children, subtype, inAlternative || subtype === 'alternative', htmlBody, textBody, attachments)
      continue
    }
    const isInline =
      part.disposition !== 'attachment' &&
      (part.type === 'text/plain' || part.type === 'text/html' || isInlineMedia(part.type)) &&
      (index === 0 || (multipartType !== 'related' && (isInlineMedia(part.type) || part.name === null)))
    if (!isInline) {
      attachments.push(part)
      continue
    }
    if (multipartType === 'alternative') {
      if (part.type === 'text/plain') textBody?.push(part)
      else if (part.type === 'text/html') htmlBody?.push(part)
      else attachments.push(part)
      continue
    }
    if (inAlternative) {
      if (part.type === 'text/plain') htmlBody = null
      if (part.type === 'text/html') textBody = null
    }
    textBody?.push(part)
    htmlBody?.push(part)
    if ((!textBody || !htmlBody) && isInlineMedia(part.type)) attachments.push(part)
  }
  if (multipartType === 'alternative' && textBody && htmlBody) {
    // Only one of the two was found: it stands for the other as well.
    if (textLength === textBody.length && htmlLength !== htmlBody.length) textBody.push(...htmlBody.slice(htmlLength))
    else if (htmlLength === htmlBody.length && textLength !== textBody.length) {
      htmlBody.push(...textBody.slice(textLength))
    }
  }
}

/** RFC 8621 §4.1.4 (hasAttachment): an attachment that is not meant to be shown in its place. */
export function hasAttachment(lists: Pick<BodyLists, 'attachments'>): boolean {
  return lists.attachments.some((part) => part.disposition !== 'inline')
}

// The one pass between a message's HTML and the page. DOMPurify parses and walks it in a document that loads nothing; all
// rules of ours are hooks inside that walk. What comes out is DOM, not text: the reader adopts these very nodes into the
// frame, so that nothing is parsed a second time and nothing is changed after it was checked.

import createPurifier, { type DOMPurify } from 'dompurify'
import { allowedAttributes, allowedTags, dropped } from './allowed-markup.ts'
import { filterStyleAttribute, filterStyleSheet } from './filter-css.ts'
import { isMisleading, safeLink } from './safe-link.ts'

export interface ImageSources {
  /** Content-ID (without angle brackets) → a URL of ours with the attachment's bytes. */
  readonly inline: Pick<ReadonlyMap<string, string>, 'get'>
  /** URL on the web → the same through our proxy, signed. Empty while remote content is blocked. */
  readonly proxied: Pick<ReadonlyMap<string, string>, 'get'>
  /** Stands where a picture is not shown; a constant of ours. */
  readonly placeholder?: string
}

export interface SanitizedHtml {
  /** The head's style elements, and the body; nodes of a document without a window. */
  readonly styles: readonly HTMLStyleElement[]
  readonly body: HTMLBodyElement
  readonly direction: 'ltr' | 'rtl' | ''
  /** Remote images named by the message that `proxied` did not have. */
  readonly blocked: ReadonlySet<string>
  /** Content-IDs that are shown in place. */
  readonly usedContentIds: ReadonlySet<string>
  /** Whether the message chooses colours of its own: then it is not simply painted dark. */
  readonly hasColours: boolean
}

const idPrefix = 'm-'
const dataImage = /^data:image\/(?:png|jpe?g|gif|webp|avif|bmp);base64,[a-z0-9+/=\s]*$/i

export function sanitizeHtml(html: string, sources: ImageSources): SanitizedHtml {
  const blocked = new Set<string>()
  const usedContentIds = new Set<string>()
  const scratch = document.implementation.createHTMLDocument('').createElement('span')
  let hasColours = false

  const resolve = (given: string): string | null => {
    const text = given.trim()
    if (dataImage.test(text)) return text.replace(/\s/g, '')
    if (/^cid:/i.test(text)) {
      const contentId = decode(text.slice(4))
      const url = sources.inline.get(contentId)
      if (url !== undefined) usedContentIds.add(contentId)
      return url ?? null
    }
    const url = URL.parse(text.startsWith('//') ? `https:${text}` : text)
    if (!url || (url.protocol !== 'http:' && url.protocol !== 'https:')) return null
    const proxied = sources.proxied.get(url.href)
    if (proxied === undefined) blocked.add(url.href)
    return proxied ?? null
  }

  const purifier: DOMPurify = createPurifier(window)
  purifier.addHook('uponSanitizeElement', (node) => {
    if (node.nodeName === 'STYLE') {
      node.textContent = filterStyleSheet(node.textContent ?? '', resolve, idPrefix)
      hasColours ||= /(background|color)/.test(node.textContent)
    }
  })
  purifier.addHook('uponSanitizeAttribute', (element, attribute) => {
    const { attrName: name, attrValue: value } = attribute
    const keep = (kept: string | null) => {
      if (kept === null || kept === '') attribute.keepAttr = false
      else attribute.attrValue = kept
    }
    if (name === 'style') keep(filterStyleAttribute(value, resolve, scratch))
    else if (name === 'src') keep(element.nodeName === 'IMG' ? resolve(value) : null)
    else if (name === 'background') keep(resolve(value))
    else if (name === 'href') keep(element.nodeName === 'A' ? linkWithin(value) : null)
    else if (name === 'id') keep(/^[\w.:-]{1,200}$/.test(value) ? idPrefix + value : null)
    if (name === 'bgcolor' || name === 'color' || (name === 'style' && /(background|color)/.test(value)))
      hasColours = true
  })
  purifier.addHook('afterSanitizeAttributes', (element) => {
    if (element.nodeName === 'IMG') {
      if (sources.placeholder && !element.hasAttribute('src')) element.setAttribute('src', sources.placeholder)
      element.setAttribute('referrerpolicy', 'no-referrer')
      element.setAttribute('loading', 'lazy')
    }
    if (element.nodeName !== 'A') return
    const href = element.getAttribute('href')
    if (href === null || href.startsWith('#')) return
    element.setAttribute('target', '_blank')
    element.setAttribute('rel', 'noopener noreferrer')
    // Where the link leads is shown; a title that says something else would help to deceive.
    element.setAttribute('title', href)
    if (isMisleading(element.textContent ?? '', href)) element.setAttribute('class', 'misleading-link')
  })

  const root = purifier.sanitize(html, {
    WHOLE_DOCUMENT: true,
    RETURN_DOM: true,
    ALLOWED_TAGS: allowedTags,
    ALLOWED_ATTR: allowedAttributes,
    ALLOWED_NAMESPACES: ['http://www.w3.org/1999/xhtml'],
    ADD_FORBID_CONTENTS: dropped,
    ALLOWED_URI_REGEXP: /^(?:(?:https?|mailto|tel|blob|cid):|data:image\/|#|\/|[^a-z]|[a-z+.-]+(?:[^a-z+.:-]|$))/i,
    ALLOW_DATA_ATTR: false,
    ALLOW_ARIA_ATTR: false,
    SANITIZE_DOM: true,
  }) as HTMLHtmlElement
  // A frameset in place of the body, or nothing at all.
  const body = root.querySelector('body') ?? root.ownerDocument.createElement('body')
  const direction = root.getAttribute('dir')?.toLowerCase()
  return {
    styles: [...root.querySelectorAll<HTMLStyleElement>('head style')],
    body,
    direction: direction === 'rtl' || direction === 'ltr' ? direction : '',
    blocked,
    usedContentIds,
    hasColours,
  }
}

/** A link out, or one to a place in the same message. */
function linkWithin(href: string): string | null {
  const fragment = /^#([\w.:-]{1,200})$/.exec(href.trim())
  return fragment ? `#${idPrefix}${fragment[1]}` : safeLink(href)
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

// CSS of a message, cut down to properties that can only paint inside their own frame. The browser itself parses it (a
// constructed style sheet fetches nothing and ignores @import) and what is looked at is its own canonical reading: names and
// values with escapes, comments and broken tokens already resolved. So there is no second CSS grammar to disagree with the one
// that renders, and no decoding after the check. A value in which anything is left to decode is dropped.

/** Gives the URL to load for one that the message names, or null for none. */
export type ResolveUrl = (url: string) => string | null

const allowedProperty =
  /^(color|opacity|visibility|display|float|clear|direction|unicode-bidi|vertical-align|width|height|(min|max)-(width|height)|box-sizing|table-layout|caption-side|empty-cells|border-(collapse|spacing)|border(-(top|right|bottom|left))?-(color|style|width)|border-(top|bottom)-(left|right)-radius|margin-(top|right|bottom|left)|padding-(top|right|bottom|left)|(margin|padding|border)-(block|inline)-(start|end)(-(color|style|width))?|background-(color|image|repeat|repeat-x|repeat-y|size|position|position-x|position-y|clip|origin)|font-(family|size|style|weight|variant|variant-caps|stretch)|line-height|letter-spacing|word-(spacing|break)|overflow-wrap|white-space|white-space-collapse|text-wrap|text-wrap-mode|text-(align|align-last|decoration-line|decoration-color|decoration-style|decoration-thickness|indent|transform|overflow)|overflow-(x|y)|list-style-(type|position|image)|tab-size|hyphens|flex-(direction|wrap|grow|shrink|basis)|(align|justify)-(content|items|self)|(row|column)-gap|order|object-fit|aspect-ratio|outline-(color|style|width))$/

const urlProperties = new Set(['background-image', 'list-style-image'])
const allowedFunctions = new Set([
  ...['rgb', 'rgba', 'hsl', 'hsla', 'hwb', 'lab', 'lch', 'oklab', 'oklch', 'color', 'calc', 'min', 'max', 'clamp'],
  ...['linear-gradient', 'radial-gradient', 'repeating-linear-gradient', 'repeating-radial-gradient', 'fit-content'],
])
const maxSheetLength = 1_000_000

/** Takes away every declaration that is not allowed; what remains in `style` is safe to serialise. */
function filterDeclarations(style: CSSStyleDeclaration, resolve: ResolveUrl): void {
  for (const name of Array.from(style)) {
    const given = style.getPropertyValue(name)
    const filtered = allowedProperty.test(name) ? filterValue(name, given, resolve) : null
    if (filtered === null) style.removeProperty(name)
    else if (filtered !== given) style.setProperty(name, filtered, style.getPropertyPriority(name))
  }
}

function filterValue(name: string, value: string, resolve: ResolveUrl): string | null {
  // Empty: the property was set by a shorthand with var(), which nobody can look through.
  // initial: what a shorthand resets besides what it says; ten lines for one word.
  if (value === '' || value === 'initial' || /[\\<{};@]/.test(value)) return null
  const urls = new Map<string, string | null>()
  const bare = value
    .replace(/url\("([^"]*)"\)/g, (_, url: string) => {
      urls.set(url, urlProperties.has(name) ? resolve(url) : null)
      return ' '
    })
    .replace(/"[^"]*"/g, ' ')
  if (/["']|url\(/i.test(bare)) return null
  for (const [, called] of bare.matchAll(/([^\s(),]*)\(/g)) {
    if (called !== '' && !allowedFunctions.has(called!.toLowerCase())) return null
  }
  // A box as high as the window would grow with the frame, which is as high as its content.
  if (/\d(?:[sld]?v(?:h|b|min|max)|cq\w+)\b/i.test(bare)) return null
  if (urls.size === 0) return value
  if ([...urls.values()].some((url) => url === null || /["\\\n]/.test(url))) return null
  return value.replace(/url\("([^"]*)"\)/g, (_, url: string) => `url("${urls.get(url)}")`)
}

/** A style attribute's value. `scratch` is an element of a document that is not shown. */
export function filterStyleAttribute(text: string, resolve: ResolveUrl, scratch: HTMLElement): string {
  scratch.style.cssText = text
  filterDeclarations(scratch.style, resolve)
  return scratch.style.cssText
}

/** A style element's text. `prefix` stands before ids in the message, and so in its selectors. */
export function filterStyleSheet(text: string, resolve: ResolveUrl, prefix: string): string {
  if (text.length > maxSheetLength) return ''
  // Mail programs wrap sheets in an HTML comment, which CSS passes over; CDATA marks it does not.
  const sheet = new CSSStyleSheet()
  sheet.replaceSync(text.replace(/<!\[CDATA\[|\]\]>/g, ' '))
  return filterRules(sheet.cssRules, resolve, prefix, true)
}

function filterRules(rules: CSSRuleList, resolve: ResolveUrl, prefix: string, mayNest: boolean): string {
  let text = ''
  for (const rule of Array.from(rules)) {
    if (rule instanceof CSSStyleRule) {
      const selector = filterSelector(rule.selectorText, prefix)
      filterDeclarations(rule.style, resolve)
      if (selector !== null && rule.style.length > 0) text += `${selector}{${rule.style.cssText}}\n`
    } else if (rule instanceof CSSMediaRule && mayNest && isHarmlessMedia(rule.conditionText)) {
      text += `@media ${rule.conditionText}{${filterRules(rule.cssRules, resolve, prefix, false)}}\n`
    }
  }
  return text
}

function filterSelector(selector: string, prefix: string): string | null {
  if (/[\\<{}@;]/.test(selector) || selector.length > 2000) return null
  if (!selector.includes('#')) return selector
  // A number sign may stand in the string of an attribute selector too.
  return /["']/.test(selector) ? null : selector.replaceAll('#', `#${prefix}`)
}

function isHarmlessMedia(condition: string): boolean {
  return /^[\w\s\-:(),.<>=]*$/.test(condition) && !/height|aspect|orientation/.test(condition)
}

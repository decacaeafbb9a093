// Plain values as YAML 1.2: blocks for maps and lists, JSON for what stands in them.

export type Plain = string | number | boolean | null | readonly Plain[] | { readonly [name: string]: Plain }

export function toYaml(value: Plain): string {
  return `${block(value, '').join('\n')}\n`
}

const wordPattern = /^[A-Za-z/][A-Za-z0-9_./-]*$/
/** What a reader of YAML takes for something else than a text. */
const notText = /^(?:true|false|yes|no|on|off|null|y|n)$/i

function scalar(value: string | number | boolean | null): string {
  return typeof value === 'string' && wordPattern.test(value) && !notText.test(value) ? value : JSON.stringify(value)
}

function block(value: Plain, indent: string): string[] {
  if (value === null || typeof value !== 'object') return [indent + scalar(value)]
  const inner = `${indent}  `
  if (Array.isArray(value)) {
    if (value.length === 0) return [`${indent}[]`]
    return (value as readonly Plain[]).flatMap((item) => {
      const [first = '', ...rest] = block(item, inner)
      return [`${indent}- ${first.slice(inner.length)}`, ...rest]
    })
  }
  const entries = Object.entries(value)
  if (entries.length === 0) return [`${indent}{}`]
  return entries.flatMap(([name, item]) => {
    const lines = block(item, inner)
    const isFlat = item === null || typeof item !== 'object' || Object.keys(item).length === 0
    const key = indent + scalar(name)
    return isFlat ? [`${key}: ${(lines[0] as string).trimStart()}`] : [`${key}:`, ...lines]
  })
}

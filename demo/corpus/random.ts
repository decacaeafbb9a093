// A seeded source of choices: the same seed makes the same mail on every machine.

export interface Random {
  /** In [0, 1). */
  readonly next: () => number
  /** Both ends included. */
  readonly int: (min: number, max: number) => number
  readonly chance: (probability: number) => boolean
  readonly pick: <T>(list: readonly T[]) => T
  /** One list after another in an order of its own, each element once before any comes again. */
  readonly deck: <T>(list: readonly T[]) => () => T
}

export function seedRandom(seed: number): Random {
  let state = seed >>> 0
  const next = () => {
    // mulberry32
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
  const int = (min: number, max: number) => min + Math.floor(next() * (max - min + 1))
  const pick = <T>(list: readonly T[]): T => {
    if (list.length === 0) throw new Error('nothing to pick from')
    return list[Math.floor(next() * list.length)] as T
  }
  const deck = <T>(list: readonly T[]) => {
    let left: T[] = []
    return () => {
      if (left.length === 0) left = [...list]
      return left.splice(Math.floor(next() * left.length), 1)[0] as T
    }
  }
  return { next, int, pick, deck, chance: (probability) => next() < probability }
}

/** `[[a|b]]` becomes one of its choices, `{{name}}` the value of that name. */
export function expand(template: string, random: Random, values: Readonly<Record<string, string>>): string {
  const chosen = template.replaceAll(/\[\[([^\]]*)\]\]/g, (_, choices: string) => random.pick(choices.split('|')))
  return chosen.replaceAll(/\{\{(\w+)\}\}/g, (_, name: string) => {
    const value = values[name]
    if (value === undefined) throw new Error(`no value for {{${name}}} in: ${template}`)
    return value
  })
}

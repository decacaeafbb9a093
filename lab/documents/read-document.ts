// A page of docs/run as a list of things to do: its fenced blocks, each with the machine that it is for in the fence's own line.
//
//     ```sh ship1            commands            ```toml ship1 /path   a file            ```text seen   what the commands before it print
//
// A block without a machine is an example and is passed over; `<!-- repeat 1 ship1 -->` stands for all of section 1 on one machine.

export type Step =
  | { readonly kind: 'commands'; readonly machine: string; readonly kinds: readonly string[]; readonly text: string }
  | { readonly kind: 'file'; readonly machine: string; readonly path: string; readonly text: string }
  | { readonly kind: 'seen'; readonly lines: readonly string[] }
  | { readonly kind: 'repeat'; readonly section: string; readonly machine: string }

export interface Section {
  readonly title: string
  readonly steps: readonly Step[]
}

/** @param machines names that may stand in a fence; `both` is one of them where there are two */
export function readDocument(text: string, machines: readonly string[]): readonly Section[] {
  const sections: { title: string; steps: Step[] }[] = [{ title: '', steps: [] }]
  const pattern =
    /^## (?<title>.*)$|^<!-- repeat (?<section>\S+) (?<on>\S+) -->$|^```(?<info>\w.*)\n(?<body>[\s\S]*?)^```$/gm
  for (const { groups = {} } of text.matchAll(pattern)) {
    const { title, section, on, info, body = '' } = groups
    const steps = sections.at(-1)?.steps as Step[]
    if (title !== undefined) sections.push({ title, steps: [] })
    else if (section !== undefined && on !== undefined) steps.push({ kind: 'repeat', section, machine: on })
    else if (info !== undefined) {
      const step = stepOf(info.split(/\s+/), body, machines)
      if (step) steps.push(step)
    }
  }
  return sections
}

function stepOf(
  [language = '', machine = '', ...more]: readonly string[],
  body: string,
  machines: readonly string[],
): Step | null {
  if (language === 'text' && machine === 'seen') return { kind: 'seen', lines: body.split('\n').filter(Boolean) }
  if (machine === '') return null
  // A misspelt machine would be a step that nobody takes.
  if (!machines.includes(machine)) throw new Error(`a block for ${machine}, which is none of ${machines.join(', ')}`)
  if (language === 'sh') return { kind: 'commands', machine, kinds: more, text: body }
  const [path = ''] = more
  if (!path.startsWith('/')) throw new Error(`a file without a path: ${language} ${machine} ${path}`)
  return { kind: 'file', machine, path, text: body }
}

/** The section of that number or title. */
export function sectionOf(sections: readonly Section[], wanted: string): Section {
  const found = sections.find(({ title }) => title === wanted || title.startsWith(`${wanted}. `))
  if (!found) throw new Error(`there is no section ${wanted}`)
  return found
}

// The hooks around every JMAP method, before it runs and before its answer is told.

import type { Caller } from '#core/caller.ts'
import type { Hooks } from '#ports/hooks.ts'

type Fields = Readonly<Record<string, unknown>>
/** One answer, or several under their own names (the implicit Email/set of RFC 8621 §7.5). */
type Answer = Record<string, unknown> | readonly (readonly [name: string, args: Record<string, unknown>])[]

interface AnyCall {
  readonly caller: Caller
  readonly args: Record<string, unknown>
}

export function methodsWithHooks<Call extends AnyCall, Rest>(
  methods: Readonly<Record<string, Rest & { readonly run: (call: Call) => Promise<Answer> }>>,
  hooks: Hooks,
): typeof methods {
  if (!hooks.listens('request.method') && !hooks.listens('request.answer')) return methods
  return Object.fromEntries(
    Object.entries(methods).map(([name, method]) => [
      name,
      {
        ...method,
        async run(call: Call): Promise<Answer> {
          await hooks.ask('request.method', { method: name, arguments: call.args }, call.caller)
          const answer = await method.run(call)
          if (!hooks.listens('request.answer')) return answer
          const shape = async (method: string, told: Fields) =>
            (await hooks.ask('request.answer', { method, arguments: call.args, answer: told }, call.caller)).answer
          if (!isSeveral(answer)) return { ...(await shape(name, answer)) }
          return Promise.all(answer.map(async ([one, told]) => [one, { ...(await shape(one, told)) }] as const))
        },
      },
    ]),
  )
}

const isSeveral = (answer: Answer): answer is Extract<Answer, readonly unknown[]> => Array.isArray(answer)

// What passes between the client and the worker in which the client part of a plugin runs (server/plugins/part-worker.ts). For both ends.

export type ToPart =
  | {
      readonly kind: 'start'
      readonly name: string
      readonly settings: Readonly<Record<string, string | boolean | number | readonly string[]>>
      readonly language: string
    }
  | { readonly kind: 'ask'; readonly id: number; readonly place: string; readonly given: unknown }
  /** What the server part said to the call of that id. */
  | { readonly kind: 'said'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'refused'; readonly id: number; readonly why: string }

export type FromPart =
  | { readonly kind: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'failed'; readonly id: number; readonly why: string }
  | { readonly kind: 'call'; readonly id: number; readonly name: string; readonly argument: unknown }

// Rules, forwarding and blocked senders as our clients see them: docs/jmap-extensions.md, FilterRules.

export type TextField = 'from' | 'to' | 'subject' | 'listId' | 'header' | 'body'

export interface TextCondition {
  readonly field: TextField
  readonly op: 'contains' | 'containsNot' | 'is' | 'isNot'
  readonly value: string
  /** The name of the header field; null but for `header`. */
  readonly header: string | null
}
export interface SizeCondition {
  readonly field: 'size'
  readonly op: 'over' | 'under'
  /** Octets. */
  readonly size: number
}
export interface AttachmentCondition {
  readonly field: 'attachment'
  readonly op: 'has' | 'hasNot'
}
export type FilterCondition = TextCondition | SizeCondition | AttachmentCondition

/** A mailbox by its id; null when it is gone: then `mailbox`, the mail server's name of it, says which it was. */
export interface FilterTarget {
  readonly mailboxId: string | null
  readonly mailbox: string
}
export type FilterAction =
  | ({ readonly type: 'move' | 'copy' } & FilterTarget)
  | { readonly type: 'keyword'; readonly keyword: string }
  | { readonly type: 'forward'; readonly email: string; readonly keepsCopy: boolean }
  | { readonly type: 'discard' }
  | { readonly type: 'reject'; readonly reason: string }

export interface FilterRule {
  /** Chosen by the client. */
  readonly id: string
  readonly name: string
  readonly isEnabled: boolean
  /** Without conditions: every message. */
  readonly match: 'all' | 'any'
  readonly conditions: readonly FilterCondition[]
  readonly actions: readonly FilterAction[]
  /** Nothing after this rule is done to a message that it is for. */
  readonly stops: boolean
}

export interface Forwarding {
  readonly isEnabled: boolean
  readonly emails: readonly string[]
  readonly keepsCopy: boolean
}

export interface BlockedSenders {
  /** Addresses, and domains as `@example.org`, which stand for those below them as well. */
  readonly senders: readonly string[]
  /** Null as long as nobody is blocked. */
  readonly target: FilterTarget | null
}

/** A singleton whose id is `singleton`. */
export interface FilterRules {
  readonly id: 'singleton'
  /** False: another script was made active by another program, and none of this happens. Server-set. */
  readonly isActive: boolean
  /** The person's own script that runs after the rules. Server-set. */
  readonly include: string | null
  readonly rules: readonly FilterRule[]
  readonly forwarding: Forwarding
  readonly blocked: BlockedSenders
}

// The values that IMAP responses become (RFC 3501, 9051 and extensions), and those that commands are made of. Pure data: no socket, no state.

/** Closed ranges of UIDs or sequence numbers, ascending, disjoint: `[[1, 3], [7, 7]]` is `1:3,7`. */
export type NumberRange = readonly [first: number, last: number]
export type NumberSet = readonly NumberRange[]

/** RFC 7162 §3.1: 63 bits. Some servers use all of them, so that a double would lose changes. */
export type Modseq = bigint

/** One node of BODYSTRUCTURE (RFC 3501 §7.4.2). Structurally equal to BodyNode of ports/mail-store.ts, which formats may not import. */
export interface BodyNode {
  /** IMAP section (`1.2`); the root of a multipart is ''. A single-part message has the section `1`. */
  readonly section: string
  readonly type: string
  readonly parameters: Readonly<Record<string, string>>
  readonly contentId: string | null
  readonly description: string | null
  readonly encoding: string
  readonly size: number
  readonly disposition: { readonly type: string; readonly parameters: Readonly<Record<string, string>> } | null
  readonly language: readonly string[] | null
  readonly location: string | null
  /** Of a multipart. A message/rfc822 is a leaf. */
  readonly children: readonly BodyNode[]
}

/** What one FETCH response told. A member is null (uid: 0) when the server did not send it. */
export interface FetchRow {
  seq: number
  uid: number
  /** As the server spells them; interned: equal lists are often the same array. */
  flags: readonly string[] | null
  /** ms since 1970. */
  internalDate: number | null
  /** RFC822.SIZE. */
  size: number | null
  modseq: Modseq | null
  /** OBJECTID (RFC 8474). THREADID may be null though asked for. */
  emailId: string | null
  threadId: string | null
  /** Gmail's X-GM-MSGID and X-GM-THRID, decimal. */
  gmMessageId: string | null
  gmThreadId: string | null
  /** Dovecot's X-GUID. */
  guid: string | null
  /** RFC 8970; null when the server has none. */
  preview: string | null
  structure: BodyNode | null
  /** BODY[HEADER.FIELDS (…)]: the raw block, CRLF, ending in an empty line. */
  headers: Buffer | null
  /** Other BODY[…], BINARY[…] that were buffered, by section (`''`, `1.2`, `1.MIME`, `HEADER`). Null bytes: NIL. */
  sections: ReadonlyMap<string, Buffer | null> | null
  /** BINARY.SIZE[…] by section. */
  binarySizes: ReadonlyMap<string, number> | null
}

export interface StatusRow {
  /** Unicode (see mailbox-name.ts). */
  readonly mailbox: string
  readonly messages: number | null
  readonly uidNext: number | null
  readonly uidValidity: number | null
  readonly unseen: number | null
  readonly highestModseq: Modseq | null
  readonly size: number | null
  /** MAILBOXID (RFC 8474). */
  readonly mailboxId: string | null
}

export interface ListRow {
  /** Unicode, whole path. */
  readonly name: string
  readonly delimiter: string | null
  /** Lower case, with backslash: `\noselect`, `\haschildren`, `\sent`, `\subscribed`, `\nonexistent` … */
  readonly attributes: readonly string[]
  /** RFC 9051 §7.3.1: OLDNAME. */
  readonly oldName: string | null
}

/** A response code (RFC 9051 §7.1), name upper case. `text` is what followed the name, undecoded, '' if nothing. */
export interface ResponseCode {
  readonly name: string
  readonly text: string
}

/** RFC 4731, 5267, 9394. */
export interface EsearchRow {
  readonly tag: string | null
  readonly isUid: boolean
  readonly min: number | null
  readonly max: number | null
  readonly count: number | null
  readonly modseq: Modseq | null
  /** ALL: a set for SEARCH; a list in sort order for SORT (RFC 5267 §3.1), ranges of which are expanded. */
  readonly all: Uint32Array | null
  /** PARTIAL: the results of the asked window, in order. */
  readonly partial: Uint32Array | null
}

/** A node of THREAD (RFC 5256 §4): `id` 0 is a missing parent. */
export interface ThreadNode {
  readonly id: number
  readonly children: readonly ThreadNode[]
}

export interface NamespaceRow {
  readonly prefix: string
  readonly delimiter: string | null
}

export interface Namespaces {
  readonly personal: readonly NamespaceRow[]
  readonly others: readonly NamespaceRow[]
  readonly shared: readonly NamespaceRow[]
}

export interface QuotaRow {
  readonly root: string
  /** Name upper case: STORAGE (units of 1024 octets), MESSAGE, MAILBOX … (RFC 9208 §5). */
  readonly resources: readonly { readonly name: string; readonly used: number; readonly limit: number }[]
}

export interface MetadataRow {
  readonly mailbox: string
  readonly entries: ReadonlyMap<string, string | null>
}

/** A criterion of SEARCH, SORT and THREAD (RFC 9051 §6.4.4, 5032, 7162, 8474; X-GUID and INTHREAD of Dovecot). An array means all of them. */
export type SearchKey =
  | 'ALL'
  | 'ANSWERED'
  | 'UNANSWERED'
  | 'DELETED'
  | 'UNDELETED'
  | 'DRAFT'
  | 'UNDRAFT'
  | 'FLAGGED'
  | 'UNFLAGGED'
  | 'SEEN'
  | 'UNSEEN'
  | readonly SearchKey[]
  | { readonly not: SearchKey }
  | { readonly or: readonly [SearchKey, SearchKey] }
  | { readonly keyword: string }
  | { readonly unkeyword: string }
  | { readonly in: 'BCC' | 'BODY' | 'CC' | 'FROM' | 'SUBJECT' | 'TEXT' | 'TO'; readonly text: string }
  | { readonly header: string; readonly text: string }
  | { readonly larger: number }
  | { readonly smaller: number }
  /** Whole days; the date is the UTC day of that time (servers compare in their own zone: ask a day wider and sift). */
  | {
      readonly date: 'BEFORE' | 'ON' | 'SINCE' | 'SENTBEFORE' | 'SENTON' | 'SENTSINCE'
      readonly at: number
    }
  /** WITHIN (RFC 5032). */
  | { readonly within: 'OLDER' | 'YOUNGER'; readonly seconds: number }
  | { readonly uids: NumberSet }
  | { readonly seqs: NumberSet }
  | { readonly modseq: Modseq }
  | { readonly emailId: string }
  | { readonly threadId: string }
  | { readonly guid: string }
  | { readonly gmMessageId: string }
  | { readonly gmThreadId: string }

export interface SortKey {
  readonly by: 'ARRIVAL' | 'CC' | 'DATE' | 'FROM' | 'SIZE' | 'SUBJECT' | 'TO' | 'DISPLAYFROM' | 'DISPLAYTO'
  readonly isReverse: boolean
}

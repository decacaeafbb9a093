// What a server may make us hold, and why. Past one of them the response is refused (ProtocolError), never cut in silence.
// The octets of one response are the engine's limit (maxResponseBytes): 10,000 header fields, or thousands of parts, are some MB.

/** Parentheses within parentheses. MIME nests 100 deep in hostile mail; a JavaScript stack bears thousands of these frames. */
export const maxDepth = 1000

/** Numbers that a set like `1:4294967295` may be expanded to: more than the largest mailbox known to us. */
export const maxExpandedSet = 20_000_000

/** Distinct flag lists kept interned: mailboxes have a dozen; a server that makes up thousands only loses the benefit. */
export const maxInternedFlagLists = 4096

/** RFC 7162 §4: a client should keep its command lines under 8192 octets; longer sets are sent in several commands. */
export const maxSetChars = 7000

/** A quoted string above it goes as a literal: some servers bound their line, none a literal of this size. */
export const maxQuotedBytes = 1000

/** RFC 7888 §5: LITERAL- lets a client send non-synchronising literals up to this size. */
export const literalMinusBytes = 4096

// RFC 5256 §2.1: the subject that sorting goes by, without «Re:», «Fwd:», list tags and trailing «(fwd)».

const subjBlob = String.raw`\[[^[\]]*\]\s*`
const leader = new RegExp(`^(?:${subjBlob})*(?:re|fwd?)\\s*(?:${subjBlob})?:\\s*|^\\s+`, 'i')
const blob = new RegExp(`^${subjBlob}`)

/** Longer subjects are nobody's: the rest does not take part in sorting, and hostile ones cost nothing. */
const MAX_LENGTH = 1000

export function baseSubject(subject: string): string {
  let base = subject.slice(0, MAX_LENGTH).replace(/\s+/g, ' ').trim()
  for (;;) {
    const before = base
    if (/\(fwd\)$/i.test(base)) base = base.slice(0, -5).trimEnd() // step 2: trailers
    base = base.replace(leader, '') // step 3: leaders
    const withoutBlob = base.replace(blob, '') // step 4: a list tag, unless nothing would be left
    if (withoutBlob !== '') base = withoutBlob
    const wrapped = /^\[fwd:(.*)\]$/i.exec(base) // step 6: «[Fwd: …]»
    if (wrapped) base = (wrapped[1] ?? '').trim()
    if (base === before) return base
  }
}

// Whether a message offers the one-click unsubscribe of RFC 8058, read from its own header.

import { type AuthenticationResults, believedResults, parseDkimSignature } from '#formats/mime/authentication.ts'
import { lenientValue, parseHeaderFields, unfold } from '#formats/mime/header-fields.ts'
import { parseUrls } from '#formats/mime/structured-fields.ts'

/** `notOneClick`: not offered (so). `notSigned`: offered, but nobody vouches for it. */
export type OneClick = { readonly url: string } | { readonly refused: 'notOneClick' | 'notSigned' }

/** @param authservIds whose Authentication-Results are believed; none: that a signature covers the fields is all that can be asked */
export function oneClickOf(header: Uint8Array, authservIds: readonly string[]): OneClick {
  const fields = parseHeaderFields(header)
  const values = (name: string) =>
    fields.filter((field) => field.name.toLowerCase() === name).map((field) => unfold(lenientValue(field.value)))
  // §3.1: exactly one of each; a second one would be the one that the signature does not cover.
  const [lists, posts] = [values('list-unsubscribe'), values('list-unsubscribe-post')]
  if (lists.length !== 1 || posts.length !== 1 || posts[0]!.trim() !== 'List-Unsubscribe=One-Click') {
    return { refused: 'notOneClick' }
  }
  // §3.1: «MUST contain one HTTPS URI».
  const url = (parseUrls(lists[0]!) ?? []).find((text) => /^https:\/\//i.test(text))
  if (url === undefined) return { refused: 'notOneClick' }

  // §4: «a valid DKIM signature that covers at least the List-Unsubscribe and List-Unsubscribe-Post headers».
  const covering = values('dkim-signature')
    .flatMap((value) => parseDkimSignature(value) ?? [])
    .filter(({ signedFields }) =>
      ['list-unsubscribe', 'list-unsubscribe-post'].every((name) => signedFields.includes(name)),
    )
  const believed = believedResults(fields, authservIds)
  const isVouchedFor = covering.some(
    (signature) => authservIds.length === 0 || believed.some((one) => hasPassed(one, signature)),
  )
  return isVouchedFor ? { url } : { refused: 'notSigned' }
}

function hasPassed({ results }: AuthenticationResults, { domain, signature }: { domain: string; signature: string }) {
  return results.some(({ method, result, properties }) => {
    if (method !== 'dkim' || result !== 'pass') return false
    if (properties.get('header.d')?.toLowerCase() !== domain) return false
    // RFC 6008: the first characters of the signature tell which of several is meant.
    const start = properties.get('header.b')
    return start === undefined || (start.length >= 8 && signature.startsWith(start))
  })
}

// Whether the domain in From stands behind a message, as the account's own mail server found when it took it (RFC 8601): told to the
// client as a finding, with a verdict that follows DMARC (RFC 7489 §3.1, §6.6.2).

import { domainToASCII } from 'node:url'
import { type AuthenticationResult, believedResults } from '#formats/mime/authentication.ts'
import type { HeaderField } from '#formats/mime/header-fields.ts'
import { readHeader } from '#formats/mime/header-forms.ts'
import type { EmailAddress } from '#shared/jmap/mail.ts'
import type { AuthenticationFinding, EmailAuthentication } from '#shared/jmap/settings.ts'

/** Signatures of one message that are told: a mailing list's and a few more; a thousand would be an attack. */
const maxSignatures = 10
const maxWordLength = 32

/** Null when none of those named has said anything. */
export function readAuthentication(
  fields: readonly HeaderField[],
  authservIds: readonly string[],
): EmailAuthentication | null {
  const believed = believedResults(fields, authservIds)
  if (believed.length === 0) return null
  // Of each method the topmost field that tells of it: one below may have come with the message.
  const of = (method: string): readonly AuthenticationResult[] =>
    believed.map(({ results }) => results.filter((one) => one.method === method)).find((some) => some.length > 0) ?? []
  const first = (method: string, ...properties: string[]) => {
    const found = of(method)[0]
    return found ? finding(found, properties) : null
  }
  const spf = first('spf', 'smtp.mailfrom', 'smtp.helo')
  const dmarc = first('dmarc', 'header.from')
  const arc = first('arc')
  const dkim = of('dkim')
    .slice(0, maxSignatures)
    .map((found) => finding(found, ['header.d', 'header.i']))
  const fromDomain = domainOfFrom(fields)
  const verdict = verdictOf(fromDomain, { spf, dkim, dmarc })
  return { server: believed[0]!.authservId, spf, dkim, dmarc, arc, verdict, fromDomain }
}

function finding({ result, properties }: AuthenticationResult, names: readonly string[]): AuthenticationFinding {
  const value = names.flatMap((name) => properties.get(name) ?? [])[0]
  // An address or `@domain` stands for its domain.
  const domain = value === undefined ? '' : asciiDomain(value.slice(value.lastIndexOf('@') + 1))
  return { result: result.slice(0, maxWordLength), domain: domain === '' ? null : domain }
}

function verdictOf(
  from: string | null,
  { spf, dkim, dmarc }: Pick<EmailAuthentication, 'spf' | 'dkim' | 'dmarc'>,
): EmailAuthentication['verdict'] {
  if (dmarc?.result === 'fail') return 'fail'
  if (from === null) return 'none'
  // A domain without a policy has `dmarc=none`: then its own signature, or its own envelope, is all there is.
  if (dmarc && dmarc.result !== 'none') {
    return dmarc.result === 'pass' && (dmarc.domain === null || dmarc.domain === from) ? 'pass' : 'none'
  }
  const isBehind = ({ result, domain }: AuthenticationFinding) =>
    result === 'pass' && domain?.includes('.') && (from === domain || from.endsWith(`.${domain}`))
  return [...dkim, ...(spf ? [spf] : [])].some(isBehind) ? 'pass' : 'none'
}

function domainOfFrom(fields: readonly HeaderField[]): string | null {
  // RFC 7489 §6.6.1: of a message with several From fields, or several domains in it, none speaks for all.
  if (fields.filter(({ name }) => name.toLowerCase() === 'from').length !== 1) return null
  const addresses = readHeader(fields, { field: 'From', form: 'Addresses', all: false }) as
    | readonly EmailAddress[]
    | null
  if (addresses?.length !== 1) return null
  const { email } = addresses[0]!
  const domain = email.includes('@') ? asciiDomain(email.slice(email.lastIndexOf('@') + 1)) : ''
  return domain === '' ? null : domain
}

const asciiDomain = (domain: string) => domainToASCII(domain.trim().replace(/\.$/, '')).toLowerCase()

// The one place that decides what is used of what a server offers. Everything else asks Features.

import type { Features } from './types.ts'

/** `enabled`: what ENABLE (RFC 5161) confirmed; `disable`: names to act as if not offered. */
export function decideFeatures(
  offered: ReadonlySet<string>,
  enabled: ReadonlySet<string>,
  disable: readonly string[],
): Features {
  const hidden = new Set(disable.map((name) => name.toUpperCase()))
  const has = (name: string) => offered.has(name) && !hidden.has(name)
  // RFC 9051 Appendix E: what IMAP4rev2 includes need not be named beside it.
  const isRev2 = has('IMAP4REV2')
  const base = (name: string) => has(name) || (isRev2 && !hidden.has(name))
  const qresync = has('QRESYNC') && enabled.has('QRESYNC')
  const esearch = base('ESEARCH')
  const sort = has('SORT')
  const context = esearch && (has('CONTEXT=SEARCH') || has('PARTIAL'))
  const esort = sort && has('ESORT')
  const appendLimit = [...offered].find((name) => /^APPENDLIMIT=\d{1,15}$/.test(name))
  return {
    // RFC 7162 §3.2.3: a server with QRESYNC has CONDSTORE.
    condstore: has('CONDSTORE') || qresync,
    qresync,
    esearch,
    searchPartial: context,
    sort,
    sortDisplay: sort && has('SORT=DISPLAY'),
    esort,
    // RFC 5267 §1: CONTEXT=SORT; Dovecot offers CONTEXT=SEARCH with ESORT and means both.
    sortPartial: esort && (has('CONTEXT=SORT') || has('CONTEXT=SEARCH')),
    thread: (['REFS', 'REFERENCES', 'ORDEREDSUBJECT'] as const).find((name) => has(`THREAD=${name}`)) ?? null,
    listExtended: base('LIST-EXTENDED'),
    listStatus: base('LIST-STATUS') && base('LIST-EXTENDED'),
    specialUse: base('SPECIAL-USE'),
    createSpecialUse: has('CREATE-SPECIAL-USE'),
    statusSize: base('STATUS=SIZE'),
    move: base('MOVE'),
    uidPlus: base('UIDPLUS'),
    unselect: base('UNSELECT'),
    notify: has('NOTIFY'),
    idle: base('IDLE'),
    preview: has('PREVIEW'),
    binary: base('BINARY'),
    objectId: has('OBJECTID'),
    gmail: has('X-GM-EXT-1'),
    guid: hidden.has('X-GUID') ? false : 'unknown',
    inThread: hidden.has('INTHREAD') || hidden.has('X-GUID') ? false : 'unknown',
    within: has('WITHIN'),
    namespace: base('NAMESPACE'),
    metadata: has('METADATA'),
    quota: has('QUOTA'),
    acl: has('ACL'),
    literalPlus: has('LITERAL+'),
    literalMinus: base('LITERAL-'),
    utf8Accept: enabled.has('UTF8=ACCEPT'),
    id: has('ID'),
    compress: has('COMPRESS=DEFLATE'),
    appendLimit: appendLimit === undefined ? null : Number(appendLimit.slice(appendLimit.indexOf('=') + 1)),
  }
}

/** The extensions to ENABLE; none where ENABLE itself is missing. */
export function toEnable(offered: ReadonlySet<string>, disable: readonly string[]): string[] {
  const hidden = new Set(disable.map((name) => name.toUpperCase()))
  const canEnable = (offered.has('ENABLE') || offered.has('IMAP4REV2')) && !hidden.has('ENABLE')
  return canEnable
    ? ['CONDSTORE', 'QRESYNC', 'UTF8=ACCEPT'].filter((name) => offered.has(name) && !hidden.has(name))
    : []
}

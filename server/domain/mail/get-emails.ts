// Email/get (RFC 8621 §4.2): as little is asked of the mail server as the properties need. A list costs one `rows` call for all ids;
// what lies in the body costs one command for each message.

import type { Caller } from '#core/caller.ts'
import { isFailure } from '#core/errors.ts'
import { partOfBodyStructure } from '#formats/mime/body-structure.ts'
import { type HeaderField, parseHeaderFields } from '#formats/mime/header-fields.ts'
import { namedHeaderProperties } from '#formats/mime/header-forms.ts'
import { type EmailRow, listHeaderNames } from '#ports/mail-store.ts'
import type { EmailId } from '#shared/ids.ts'
import { readAuthentication } from './authentication.ts'
import { partBlobId } from './blob-ids.ts'
import { bodyProperties, headerProperties, previewOfSource, rowProperties } from './email-object.ts'
import { headerViewKey, listedAttachment, listedHeaders } from './listed.ts'
import { mapLimited } from './map-limited.ts'
import { gather, type MessageSource } from './message-source.ts'
import { type ReadDeps, readMessage } from './read-message.ts'
import type { EmailObject, EmailView } from './types.ts'

/** Messages of one call read at the same time. */
const concurrency = 8
const maxHeaderBytes = 4 * 1024 * 1024

export interface GetDeps extends ReadDeps {
  /** Whose results are believed; asked for only when `authentication` is. */
  authservIds(): Promise<readonly string[]>
}

const listed = new Set<string>(listHeaderNames.map((name) => name.toLowerCase()))

interface Needs {
  readonly listHeaders: boolean
  /** Of the view's header properties (listed.ts). */
  readonly headerKey: string
  readonly wholeHeader: boolean
  readonly structure: boolean
  readonly body: boolean
  readonly preview: boolean
}

export function needsOf(view: EmailView): Needs {
  const { properties } = view
  const fields = [
    ...Object.entries(namedHeaderProperties).flatMap(([name, { field }]) => (properties.has(name) ? [field] : [])),
    ...view.headers.map((header) => header.field),
  ]
  const parts = ['bodyStructure', 'textBody', 'htmlBody', 'attachments'].some((name) => properties.has(name))
  const fetches = view.fetchTextBodyValues || view.fetchHTMLBodyValues || view.fetchAllBodyValues
  // Sizes after decoding and the fields of parts are not in BODYSTRUCTURE.
  const deep =
    parts &&
    (view.bodyProperties.has('size') ||
      view.bodyProperties.has('headers') ||
      view.bodyProperties.has('containedFiles') ||
      view.bodyHeaders.length > 0)
  const body = deep || (properties.has('bodyValues') && fetches)
  const wholeHeader =
    properties.has('headers') ||
    properties.has('authentication') ||
    fields.some((field) => !listed.has(field.toLowerCase()))
  return {
    body,
    wholeHeader,
    listHeaders: fields.length > 0 && !wholeHeader && !body,
    headerKey: headerViewKey(view),
    structure: !body && (parts || properties.has('hasAttachment') || properties.has('bodyValues')),
    preview: properties.has('preview'),
  }
}

export async function getEmails(
  deps: GetDeps,
  caller: Caller,
  ids: readonly EmailId[],
  view: EmailView,
): Promise<{ readonly state: string; readonly list: readonly EmailObject[] }> {
  const { account } = deps
  const { signal } = caller
  // Before the rows: a state that is older than what is told costs a client one more look, a newer one would cost it the change.
  const state = await account.emailState(signal)
  if (ids.length === 0) return { state, list: [] }
  const needs = needsOf(view)
  const rows = await account.rows(
    ids,
    {
      listHeaders: needs.listHeaders,
      structure: needs.structure,
      // Where the message is read anyway its preview is made of it, unless it was told before.
      preview: needs.preview && needs.body ? 'ifKnown' : needs.preview,
    },
    signal,
  )
  const list = await mapLimited(rows, concurrency, (row) => emailObject(deps, caller, row, view, needs))
  return { state, list: list.filter((email) => email !== null) }
}

/** Null when it went away meanwhile. */
async function emailObject(
  deps: GetDeps,
  caller: Caller,
  row: EmailRow,
  view: EmailView,
  needs: Needs,
): Promise<EmailObject | null> {
  try {
    const email: EmailObject = { ...rowProperties(row, view.properties), id: row.id }
    if (!needs.body && !needs.structure && !needs.wholeHeader && !needs.listHeaders) return email
    if (needs.body) {
      const source = await readMessage(deps, caller, row)
      const context = {
        source,
        view,
        blobIdOf: (section: string) => partBlobId(row.id, section),
        maxBodyValueBytes: deps.config.maxBodyValueBytes,
      }
      const preview = needs.preview ? { preview: row.preview ?? (await previewOf(deps, caller, row, source)) } : {}
      return {
        ...email,
        ...preview,
        ...(await fieldProperties(deps, await source.headerFields(), view)),
        ...(await bodyProperties(context)),
      }
    }
    const headers =
      needs.listHeaders && row.listHeaders
        ? listedHeaders(row.listHeaders, view, needs.headerKey)
        : needs.wholeHeader || needs.listHeaders
          ? await fieldProperties(deps, await headerFields(deps, caller, row), view)
          : {}
    return { ...email, ...headers, ...(needs.structure ? await shallowBody(row, view) : {}) }
  } catch (error) {
    if (isFailure(error, 'notFound')) return null
    throw error
  }
}

async function fieldProperties(deps: GetDeps, fields: readonly HeaderField[], view: EmailView) {
  const headers = headerProperties(fields, view)
  if (!view.properties.has('authentication')) return headers
  return { ...headers, authentication: readAuthentication(fields, await deps.authservIds()) }
}

async function previewOf(deps: ReadDeps, caller: Caller, row: EmailRow, source: MessageSource): Promise<string> {
  if (row.size <= deps.config.wholeMessageMaxBytes) return await previewOfSource(source)
  // Of a large one the beginning of a part is not cheap to have: the mail server knows better.
  const [told] = await deps.account.rows([row.id], { preview: true }, caller.signal)
  return told?.preview ?? ''
}

async function headerFields({ account }: ReadDeps, caller: Caller, row: EmailRow): Promise<readonly HeaderField[]> {
  const { body } = await account.section(row.id, '', 'header', caller.signal)
  return parseHeaderFields(await gather(body, maxHeaderBytes))
}

/** What BODYSTRUCTURE alone answers. */
async function shallowBody(row: EmailRow, view: EmailView): Promise<Record<string, unknown>> {
  if (
    !['bodyStructure', 'textBody', 'htmlBody', 'attachments', 'bodyValues'].some((name) => view.properties.has(name))
  ) {
    return { hasAttachment: listedAttachment(row.structure!) }
  }
  const root = partOfBodyStructure(row.structure!)
  const none = () => Promise.reject(new Error('not in a structure'))
  const source = { root, size: row.size, headerFields: none, partFields: none, open: none, decodedSize: none }
  return await bodyProperties({
    source,
    view,
    blobIdOf: (section) => partBlobId(row.id, section),
    maxBodyValueBytes: 0,
  })
}

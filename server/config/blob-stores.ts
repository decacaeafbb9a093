// [[blob_store]]: the places that hold blobs. What a store is stands here; what it is doing (active, draining, retired) stands in the
// database, so that it changes on all nodes at once (`paquebot blob`).

import { key, type SectionFault, sections, types } from './keys.ts'

const kinds = ['fs', 'sql', 's3', 'redundant'] as const

interface Table {
  readonly name: string
  readonly kind: (typeof kinds)[number]
  readonly folder: string | null
  readonly bucket: string | null
  readonly accessKey: string | null
  readonly secretKey: string | null
  readonly secretKeyFile: string | null
  readonly stores: readonly string[]
  readonly quorum: number
}

export const blobStores = sections(
  'blob_store',
  'A place for blobs. New blobs go to one of those that no redundant store names, by room and weight; one that is redundant writes to all that it names. Without any, `[blob] folders` says where. docs/run/blobs.md has examples.',
  {
    name: key(
      types.text,
      '',
      'Its name for good: letters, digits and hyphens. The database remembers by it where a blob lies.',
    ),
    kind: key(
      types.choice(...kinds),
      'fs',
      '`fs`: a folder, local or on NFS; `sql`: the database; `s3`: any S3-compatible service; `redundant`: several of the others.',
    ),
    folder: key(types.optionalText, null, '`fs`: the folder; made where its parent is there.'),
    endpoint: key(types.optionalText, null, '`s3`: `https://HOST[:PORT]`; empty: Amazon, by region.'),
    region: key(types.text, 'us-east-1', '`s3`: the region that requests are signed for.'),
    bucket: key(types.optionalText, null, '`s3`: the bucket. It has to exist.'),
    prefix: key(types.text, '', '`s3`: what the names of all objects begin with, such as `paquebot/`.'),
    accessKey: key(
      types.optionalText,
      null,
      '`s3`: empty, with `secret_key`: what the machine offers (role of the instance, web identity, AWS_… variables).',
    ),
    secretKey: key(types.optionalText, null, '`s3`: the secret of `access_key`.', { secret: true }),
    secretKeyFile: key(types.optionalText, null, '`s3`: a file with that secret on its first line, instead of it.'),
    caFile: key(
      types.optionalText,
      null,
      '`s3`: PEM file with the authority of the service, where it is no well-known one.',
    ),
    pathStyle: key(types.flag, true, '`s3`: the bucket in the path of the URL; false: in the host name.'),
    stores: key(
      types.list,
      [],
      '`redundant`: the names of the stores that it is made of. Reads ask them in this order.',
    ),
    quorum: key(
      types.integer(0, 16),
      0,
      '`redundant`: how many must have the bytes before an upload is acknowledged; 0: all.',
    ),
    capacity: key(types.bytes, 0, 'New blobs go elsewhere when it would hold more than this; 0: no limit is known.'),
    weight: key(types.integer(0, 1000), 1, 'Its share of new blobs, beside the weights of the others; 0: none.'),
    timeout: key(types.duration, 30_000, 'A call that waits longer for the store has failed.'),
  },
  checkStores,
)

function checkStores(tables: readonly Table[]): readonly SectionFault[] {
  const faults: SectionFault[] = []
  const members = new Map<string, string>()
  for (const [index, table] of tables.entries()) {
    const fault = (name: keyof Table, what: string) => faults.push({ index, key: name, what })
    if (!/^[A-Za-z0-9][A-Za-z0-9-]{0,39}$/.test(table.name))
      fault('name', 'needs a name of letters, digits and hyphens, at most 40')
    else if (tables.findIndex(({ name }) => name === table.name) < index) fault('name', `${table.name} is there twice`)
    if (table.kind === 'fs' && table.folder === null) fault('kind', 'a store of kind fs needs a folder')
    if (table.kind === 's3' && table.bucket === null) fault('kind', 'a store of kind s3 needs a bucket')
    if ((table.accessKey === null) !== (table.secretKey === null && table.secretKeyFile === null))
      fault('accessKey', 'access_key and secret_key (or secret_key_file) come together')
    if (table.kind !== 'redundant') continue
    if (table.stores.length < 2) fault('stores', 'a redundant store is made of two or more')
    if (table.quorum > table.stores.length) fault('quorum', 'is larger than the number of stores')
    for (const name of table.stores) {
      const member = tables.find((other) => other.name === name)
      if (!member) fault('stores', `there is no store ${name}`)
      else if (member.kind === 'redundant') fault('stores', `${name} is redundant itself`)
      if (members.has(name)) fault('stores', `${name} already belongs to ${members.get(name)}`)
      members.set(name, table.name)
    }
  }
  return faults
}

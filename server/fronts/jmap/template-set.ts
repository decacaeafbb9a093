// Template/set: docs/jmap-extensions.md.

import type { Log } from '#core/log.ts'
import type { TemplateContent, TemplatesDomain } from '#domain/settings/index.ts'
import { capabilities } from '#shared/jmap/core.ts'
import { emailAddress } from './address-kind.ts'
import { listOf, nullable, object, readArguments, readFields, string, unsignedInt } from './arguments.ts'
import { resolveReference } from './get.ts'
import type { Method, MethodCall } from './method.ts'
import { applyPatch } from './patch.ts'
import { readSet, runSet } from './set.ts'

export interface TemplateSetDeps {
  readonly templates: TemplatesDomain
  readonly log: Log
}

const defaults = { subject: null, to: null, cc: null, bcc: null, textBody: '', htmlBody: '', attachments: [] }

export function templateSet({ templates, log }: TemplateSetDeps): Method {
  return {
    capability: capabilities.paquebot,
    async run(call) {
      const args = readArguments(call)
      const plan = readSet(call, args)
      args.finish()
      const verbs = {
        state: () => templates.state(call.caller),
        async create(fields: Record<string, unknown>) {
          const { id, ...content } = await templates.create(call.caller, readContent(call, fields))
          const serverSet = Object.entries(content).filter(([name]) => !(name in fields))
          return { id, ...Object.fromEntries(serverSet) }
        },
        async update(id: string, patch: Readonly<Record<string, unknown>>) {
          const { id: _, ...rest } = patch
          await templates.change(call.caller, id, (before) => readContent(call, applyPatch(before, rest, defaults)))
          return null
        },
        destroy: (id: string) => templates.destroy(call.caller, id),
      }
      return runSet(call, plan, verbs, log)
    },
  }
}

function readContent(call: Pick<MethodCall, 'createdIds'>, given: object): TemplateContent {
  const fields = readFields(given as Record<string, unknown>)
  const addresses = nullable(listOf(emailAddress))
  const content = {
    name: fields.required('name', string).slice(0, 255),
    subject: fields.optional('subject', nullable(string), null),
    to: fields.optional('to', addresses, null),
    cc: fields.optional('cc', addresses, null),
    bcc: fields.optional('bcc', addresses, null),
    textBody: fields.optional('textBody', string, ''),
    htmlBody: fields.optional('htmlBody', string, ''),
    attachments: fields.optional('attachments', listOf(object), []).map((item) => {
      const attachment = readFields(item, 'attachments/')
      const read = {
        blobId: resolveReference(call.createdIds, attachment.required('blobId', string)),
        name: attachment.optional('name', nullable(string), null),
        type: attachment.required('type', string),
        size: attachment.required('size', unsignedInt),
        cid: attachment.optional('cid', nullable(string), null),
      }
      attachment.finish()
      return read
    }),
  }
  fields.finish()
  return content
}

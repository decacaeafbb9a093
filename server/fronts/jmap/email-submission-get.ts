// EmailSubmission/get: RFC 8621 §7.1.

import type { Submissions } from '#domain/submission/index.ts'
import { capabilities } from '#shared/jmap/core.ts'
import { readArguments } from './arguments.ts'
import { isSubmissionProperty, visibleProperties } from './email-submission-properties.ts'
import { assertGetSize, getResponse, readGet } from './get.ts'
import type { Method } from './method.ts'

export function emailSubmissionGet({ submissions }: { readonly submissions: Pick<Submissions, 'list'> }): Method {
  return {
    capability: capabilities.submission,
    async run(call) {
      const args = readArguments(call)
      const get = readGet(call, args, isSubmissionProperty(call))
      args.finish()
      const { state, list } = await submissions.list(call.caller, get.ids)
      assertGetSize(call, list.length)
      const properties = get.properties ?? visibleProperties(call)
      return getResponse(call.caller.account, state, list, { ...get, properties })
    },
  }
}

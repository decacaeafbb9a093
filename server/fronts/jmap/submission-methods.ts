// The methods and capabilities of sending and of what a person keeps: submission, vacation, Sieve, MDN, settings.

import type { Log } from '#core/log.ts'
import { type Filters, scriptLimits } from '#domain/filters/index.ts'
import type { SettingsDomain, TemplatesDomain } from '#domain/settings/index.ts'
import type { Snoozes } from '#domain/snoozes/index.ts'
import type { Identities, Submissions } from '#domain/submission/index.ts'
import { capabilities as urns } from '#shared/jmap/core.ts'
import type { Blobs } from './blobs.ts'
import { type Capabilities, type Capability, plainCapability } from './capability.ts'
import { emailSubmissionGet } from './email-submission-get.ts'
import { emailSubmissionQuery, emailSubmissionQueryChanges } from './email-submission-query.ts'
import { emailSubmissionSet } from './email-submission-set.ts'
import { filterRulesGet, filterRulesSet } from './filter-rules-methods.ts'
import { identityGet } from './identity-get.ts'
import { identitySet } from './identity-set.ts'
import { mdnParse, mdnSend } from './mdn-methods.ts'
import type { Method } from './method.ts'
import { objectChanges } from './object-changes.ts'
import { settingsGet } from './settings-get.ts'
import { settingsSet } from './settings-set.ts'
import { sieveScriptGet, sieveScriptQuery, sieveScriptValidate } from './sieve-script-get.ts'
import { sieveScriptSet } from './sieve-script-set.ts'
import { templateGet } from './template-get.ts'
import { templateSet } from './template-set.ts'
import { vacationResponseGet, vacationResponseSet } from './vacation-response-methods.ts'

export interface SubmissionMethodDeps {
  /** Email/set, for the implicit calls of RFC 8621 §7.5 and RFC 9007 §2.1. */
  readonly emailSet: Pick<Method, 'run'>
  readonly submissions: Submissions
  readonly identities: Identities
  readonly filters: Filters
  readonly settings: SettingsDomain
  readonly templates: TemplatesDomain
  readonly blobs: Blobs
  readonly log: Log
}

export function submissionMethods(given: SubmissionMethodDeps): Record<string, Method> {
  const { submissions, identities, filters, settings, templates } = given
  const deps = { ...given, vacations: filters.vacations, rules: filters.rules, scripts: filters.scripts }
  return {
    'Identity/get': identityGet(deps),
    'Identity/changes': objectChanges(urns.submission, identities.changes),
    'Identity/set': identitySet(deps),
    'EmailSubmission/get': emailSubmissionGet(deps),
    'EmailSubmission/changes': objectChanges(urns.submission, submissions.changes),
    'EmailSubmission/query': emailSubmissionQuery(deps),
    'EmailSubmission/queryChanges': emailSubmissionQueryChanges(deps),
    'EmailSubmission/set': emailSubmissionSet(deps),
    'VacationResponse/get': vacationResponseGet(deps),
    'VacationResponse/set': vacationResponseSet(deps),
    'FilterRules/get': filterRulesGet(deps),
    'FilterRules/set': filterRulesSet(deps),
    'SieveScript/get': sieveScriptGet(deps),
    'SieveScript/set': sieveScriptSet(deps),
    'SieveScript/query': sieveScriptQuery(deps),
    'SieveScript/validate': sieveScriptValidate(deps),
    'MDN/send': mdnSend(deps),
    'MDN/parse': mdnParse(deps),
    'Settings/get': settingsGet(deps),
    'Settings/changes': objectChanges(urns.paquebot, settings.changes),
    'Settings/set': settingsSet(deps),
    'Template/get': templateGet(deps),
    'Template/changes': objectChanges(urns.paquebot, templates.changes),
    'Template/set': templateSet(deps),
  }
}

/** EHLO keywords that are no business of a client's: transport, sign-in, and what the server adds by itself. */
const hiddenExtensions = new Set([
  'AUTH',
  'STARTTLS',
  'PIPELINING',
  'CHUNKING',
  'HELP',
  'ETRN',
  'VRFY',
  'EXPN',
  'ENHANCEDSTATUSCODES',
])

export function submissionCapabilities(
  deps: Pick<SubmissionMethodDeps, 'submissions' | 'filters' | 'settings'> & {
    readonly snoozes: Pick<Snoozes, 'config'>
  },
): Capabilities {
  const { submissions, filters, settings, snoozes } = deps
  const submission: Capability = {
    server: () => ({}),
    async account(caller) {
      const offers = (await submissions.offers(caller)) ?? new Map<string, string>()
      // RFC 8621 §1.3.2: EHLO name to its arguments. FUTURERELEASE is ours: we hold the message.
      const extensions = [...offers].filter(([name]) => !hiddenExtensions.has(name) && name !== 'FUTURERELEASE')
      const submissionExtensions = Object.fromEntries(
        extensions.map(([name, args]) => [name, args.split(' ').filter((arg) => arg !== '')]),
      )
      const maxDelayedSend = Math.floor(submissions.config.maxDelayMs / 1000)
      return { maxDelayedSend, submissionExtensions: { ...submissionExtensions, FUTURERELEASE: [] } }
    },
  }
  const sieve: Capability = {
    server: () => ({ implementation: 'ManageSieve' }),
    async account(caller) {
      if (!(await filters.isOffered(caller))) return null
      const info = await filters.info(caller)
      // RFC 9661 §1.3.
      return {
        maxSizeScriptName: scriptLimits.maxNameBytes,
        maxSizeScript: scriptLimits.maxScriptBytes,
        maxNumberScripts: null,
        maxNumberRedirects: info?.maxRedirects ?? null,
        sieveExtensions: info?.extensions ?? [],
        notificationMethods: null,
        externalLists: null,
      }
    },
  }
  const { limits } = settings
  const undoWindow = submissions.config.undoWindowMs / 1000
  return {
    [urns.submission]: submission,
    [urns.vacation]: {
      server: () => ({}),
      account: async (caller) => ((await filters.isOffered(caller)) ? {} : null),
    },
    [urns.sieve]: sieve,
    [urns.mdn]: plainCapability,
    [urns.paquebot]: {
      server: () => ({}),
      account: async () => ({
        maxSettingsValue: limits.maxValueBytes,
        maxSettingsKeys: limits.maxKeys,
        maxTemplates: limits.maxTemplates,
        undoWindow,
        maxSnoozes: snoozes.config.maxPerAccount,
        maxDelayedSnooze: Math.floor(snoozes.config.maxAheadMs / 1000),
      }),
    },
  }
}

// A sender blocked from a message's menu, with a way back.

import { loadStrings } from '../../shell/i18n.ts'
import type { MailStore } from '../../store/index.ts'
import { changeRules, type RulesChange } from './filter-rules.ts'

export function blocked(store: MailStore, sender: string): RulesChange {
  return ({ blocked: { senders, target } }) => ({
    blocked: {
      senders: [...senders.filter((one) => one.toLowerCase() !== sender.toLowerCase()), sender],
      target: target?.mailboxId ? target : targetOf(store, 'junk'),
    },
  })
}

export function unblocked(sender: string): RulesChange {
  return ({ blocked: { senders, target } }) => ({
    blocked: { senders: senders.filter((one) => one.toLowerCase() !== sender.toLowerCase()), target },
  })
}

/** Where it goes; what there is if the account has no such folder, else the server's refusal says so. */
export function targetOf(store: MailStore, role: 'junk' | 'trash') {
  const mailbox = store.mailboxByRole(role) ?? store.mailboxByRole(role === 'junk' ? 'trash' : 'junk')
  return mailbox ? { mailboxId: mailbox.id, mailbox: mailbox.name } : null
}

export async function blockSender(store: MailStore, sender: string): Promise<void> {
  const { client, undo } = store
  try {
    await loadStrings('filters')
    await changeRules(client, blocked(store, sender))
    undo.push({
      text: 'filters:blockedNow',
      values: { sender },
      undo: async () => {
        try {
          await changeRules(client, unblocked(sender))
        } catch {
          undo.push({ text: 'filters:notUndone', kind: 'error' })
        }
      },
    })
  } catch {
    undo.push({ text: 'filters:notBlocked', values: { sender }, kind: 'error' })
  }
}

// What a message's menu offers where the mail server has filters.

import { ListFilter, UserX } from 'lucide-react'
import { text } from '../../shell/i18n.ts'
import type { EmailHead, MailStore } from '../../store/index.ts'
import type { MenuEntry } from '../../ui/menu.tsx'
import { hasFilters } from './has-filters.ts'

export interface MessageEntriesDeps {
  readonly store: MailStore
  readonly email: EmailHead | undefined
  readonly myAddresses: ReadonlySet<string>
  readonly openFilterLike: (emailId: string) => void
}

export function filterEntries({ store, email, myAddresses, openFilterLike }: MessageEntriesDeps): readonly MenuEntry[] {
  if (!email || !hasFilters(store.client)) return []
  const sender = email.from?.[0]?.email
  return [
    {
      id: 'filter-like',
      label: text('mail:filterLike'),
      icon: <ListFilter size={16} aria-hidden />,
      onAction: () => openFilterLike(email.id),
    },
    ...(sender && !myAddresses.has(sender.toLowerCase())
      ? [
          {
            id: 'block-sender',
            label: text('mail:blockSender'),
            icon: <UserX size={16} aria-hidden />,
            onAction: () => void import('./block-sender.ts').then(({ blockSender }) => blockSender(store, sender)),
          },
        ]
      : []),
  ]
}

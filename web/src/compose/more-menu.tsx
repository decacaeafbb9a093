// The composer's menu of what is seldom needed, with the person's templates.

import { EllipsisVertical } from 'lucide-react'
import { useEffect, useState } from 'react'
import type { Template } from '#shared/jmap/settings.ts'
import { visibleText } from '../mail/sanitize/visible-text.ts'
import { useText } from '../shell/i18n.ts'
import { useStore } from '../store/index.ts'
import { IconButton } from '../ui/icon-button.tsx'
import { Menu, type MenuEntry } from '../ui/menu.tsx'

export interface MoreMenuProps {
  readonly entries: readonly MenuEntry[]
  readonly onTemplate: (template: Template) => void
}

export function MoreMenu({ entries, onTemplate }: MoreMenuProps) {
  const t = useText('compose')
  const { client } = useStore()
  const [templates, setTemplates] = useState<readonly Template[]>([])
  useEffect(() => {
    client.call('Template/get', { accountId: client.accountId }).then(
      ({ list }) => setTemplates(list),
      () => {},
    )
  }, [client])
  const submenu: MenuEntry = {
    kind: 'section',
    id: 'templates',
    label: t('templates'),
    entries: templates.map((template) => ({
      id: template.id,
      label: visibleText(template.name),
      onAction: () => onTemplate(template),
    })),
  }
  return (
    <Menu
      label={t('moreOptions')}
      entries={templates.length > 0 ? [...entries, submenu] : entries.slice(0, -1)}
      placement="top end"
      trigger={<IconButton label={t('moreOptions')} icon={<EllipsisVertical size={18} aria-hidden />} />}
    />
  )
}

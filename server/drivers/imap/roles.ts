// Which mailbox is what: by SPECIAL-USE (RFC 6154, 8457), else by names that programs and people give, in the languages they are given in.
// A role is given once (RFC 8621 §2: role), and what the server says goes before what a name suggests.

import type { MailboxRole } from '#shared/jmap/mail.ts'

const byAttribute: Readonly<Record<string, MailboxRole>> = {
  '\\all': 'all',
  '\\archive': 'archive',
  '\\drafts': 'drafts',
  '\\flagged': 'flagged',
  '\\important': 'important',
  '\\junk': 'junk',
  '\\sent': 'sent',
  '\\trash': 'trash',
  '\\scheduled': 'scheduled',
  '\\snoozed': 'snoozed',
  '\\memos': 'memos',
}

const names: readonly (readonly [role: MailboxRole, names: string])[] = [
  [
    'drafts',
    'drafts draft entwürfe entwurf brouillons borradores bozze concepten rascunhos utkast kladder szkice черновики koncepty vázlatok 草稿 下書き',
  ],
  [
    'sent',
    'sent|sent items|sent messages|sent mail|sent-mail|gesendet|gesendete objekte|gesendete elemente|envoyés|éléments envoyés|enviados|elementos enviados|posta inviata|inviati|verzonden|verzonden items|itens enviados|skickat|sendt|wysłane|отправленные|odeslané|elküldött|已发送|送信済み',
  ],
  [
    'junk',
    'junk|spam|junk e-mail|junk email|junk mail|bulk mail|spamverdacht|unerwünscht|indésirables|pourriel|correo no deseado|posta indesiderata|ongewenst|lixo eletrônico|skräppost|søppelpost|спам|nevyžádané|垃圾邮件|迷惑メール',
  ],
  [
    'trash',
    'trash|deleted|deleted items|deleted messages|papierkorb|gelöscht|gelöschte elemente|gelöschte objekte|corbeille|éléments supprimés|papelera|elementos eliminados|cestino|posta eliminata|prullenbak|verwijderde items|lixeira|papperskorg|papirkurv|kosz|корзина|koš|lomtár|已删除|ごみ箱',
  ],
  ['archive', 'archive|archives|archiv|archivo|archivio|archief|arquivo|arkiv|archiwum|архив|归档|アーカイブ'],
]

const byName = new Map<string, MailboxRole>(
  names.flatMap(([role, list]) => list.split(list.includes('|') ? '|' : ' ').map((name) => [name, role] as const)),
)

export interface RoleCandidate {
  readonly path: string
  readonly name: string
  readonly isTopLevel: boolean
  readonly isSelectable: boolean
  /** Lower case, with backslash. */
  readonly attributes: readonly string[]
  /** Given by us where the server could not keep it; `none`: taken away. */
  readonly given: MailboxRole | 'none' | null
}

export function assignRoles(mailboxes: readonly RoleCandidate[]): ReadonlyMap<string, MailboxRole> {
  const roles = new Map<string, MailboxRole>()
  const taken = new Set<MailboxRole>()
  const assign = (mailbox: RoleCandidate, role: MailboxRole | 'none' | null | undefined) => {
    if (
      !role ||
      role === 'none' ||
      (mailbox.given !== null && role !== mailbox.given) ||
      taken.has(role) ||
      roles.has(mailbox.path) ||
      !mailbox.isSelectable
    )
      return
    roles.set(mailbox.path, role)
    taken.add(role)
  }
  for (const mailbox of mailboxes) if (mailbox.path.toUpperCase() === 'INBOX') assign(mailbox, 'inbox')
  for (const mailbox of mailboxes) assign(mailbox, mailbox.given)
  for (const mailbox of mailboxes) {
    for (const attribute of mailbox.attributes) assign(mailbox, byAttribute[attribute])
  }
  for (const mailbox of mailboxes) if (mailbox.isTopLevel) assign(mailbox, byName.get(mailbox.name.toLowerCase()))
  return roles
}

/** The attribute for CREATE … (USE (…)), RFC 6154 §3. */
export function attributeOf(role: MailboxRole): string | null {
  const found = Object.entries(byAttribute).find(([, candidate]) => candidate === role)?.[0]
  return found === undefined ? null : `\\${(found[1] ?? '').toUpperCase()}${found.slice(2)}`
}

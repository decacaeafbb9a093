// The table of domain/mail: what a mailbox has that IMAP cannot keep. No row per message, ever.

export interface MailTables {
  mailbox_pref: {
    account: string
    mailbox: string
    /** RFC 8621 §2: sortOrder, 0 without a row. */
    sort_order: number
  }
}

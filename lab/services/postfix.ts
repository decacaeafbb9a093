// Postfix on each mail host: takes mail from signed-in people and hands it to Dovecot by LMTP at the floating address, so that
// what waits in its queue is delivered whichever Dovecot serves. The queue is on the host's disk.

import { floating, mailDomain } from '../topologies/plan.ts'
import { greetingScript, greets, type Service } from './service.ts'

export const postfix: Service = {
  name: 'postfix',
  async start(host) {
    host.write('/etc/postfix/main.cf', mainCf(host.name))
    host.write('/etc/postfix/master.cf', masterCf)
    const script = `mkdir -p /disk/postfix/queue /disk/postfix/data && chown postfix /disk/postfix/data && rm -f /disk/postfix/queue/pid/master.pid && postfix check`
    await host.exec(['sh', '-c', script])
    // Not `postfix start-fg`: that leaves its process group.
    await host.start('postfix', ['/usr/lib/postfix/sbin/master', '-d'])
  },
  check: (host) => greets(host, 587, '220'),
}

/** Without the Dovecot beside it, it can sign nobody in. */
export const postfixCheck = `${greetingScript('127.0.0.1', 587, '220')} && ${greetingScript('127.0.0.1', 143, '* OK')}`

function mainCf(name: string): string {
  return `compatibility_level = 3.6
queue_directory = /disk/postfix/queue
data_directory = /disk/postfix/data
maillog_file = /disk/postfix/log
maillog_file_prefixes = /disk
mail_owner = postfix
setgid_group = postdrop
myhostname = ${name}.${mailDomain}
myorigin = ${mailDomain}
mydestination =
mynetworks =
inet_interfaces = all
inet_protocols = ipv4
alias_maps =
alias_database =
local_recipient_maps =
virtual_mailbox_domains = ${mailDomain}
virtual_transport = lmtp:inet:${floating.imap}:24
default_transport = error:no way out of the lab
message_size_limit = 52428800
mailbox_size_limit = 0
virtual_mailbox_limit = 0
queue_run_delay = 2s
minimal_backoff_time = 2s
maximal_backoff_time = 5s
lmtp_connect_timeout = 2s
lmtp_lhlo_timeout = 5s
lmtp_mail_timeout = 5s
lmtp_rcpt_timeout = 5s
lmtp_data_init_timeout = 5s
lmtp_data_done_timeout = 10s
lmtp_destination_concurrency_failed_cohort_limit = 0
lmtp_destination_concurrency_negative_feedback = 0
smtpd_recipient_restrictions = permit_sasl_authenticated, reject
smtpd_relay_restrictions = permit_sasl_authenticated, reject
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = /run/dovecot/auth-sasl
smtpd_error_sleep_time = 0
smtpd_client_connection_count_limit = 0
smtpd_client_event_limit_exceptions = static:all
`
}

const masterCf = `587 inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 1 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
lmtp unix - - n - - lmtp
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
local unix - n n - - local
showq unix n - n - - showq
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
`

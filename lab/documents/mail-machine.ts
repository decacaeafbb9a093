// «Your mail server» of docs/run/cluster.md: one Dovecot and one Postfix with TLS on the ports that everybody uses, as somebody has run
// them for years. Anybody at example.org may sign in with one password.

import { run } from '#testing/servers/process.ts'
import type { Host } from '../net/host.ts'
import { greets, until } from '../services/service.ts'

export const mailName = 'mail.example.org'
export const mailPassword = 'as-it-was-before'
const mailFolder = '/srv/mail'

/** Starts both; returns the certificate, which stands in for an authority that machines trust. */
export async function startMailMachine(host: Host): Promise<string> {
  await host.exec(['bash', '-ec', makeTls])
  host.write('/etc/dovecot/dovecot.conf', dovecotConf)
  host.write('/etc/postfix/main.cf', mainCf)
  host.write('/etc/postfix/master.cf', masterCf)
  await host.exec(['sh', '-c', `mkdir -p ${mailFolder} && chown nobody:nogroup ${mailFolder} && postfix check`])
  await host.start('dovecot', ['dovecot', '-F', '-c', '/etc/dovecot/dovecot.conf'])
  await host.start('postfix', ['/usr/lib/postfix/sbin/master', '-d'])
  await until(() => greets(host, 24, '220'), 'Dovecot')
  await until(() => host.exec(['bash', '-c', 'exec 3<>/dev/tcp/127.0.0.1/465']), 'Postfix')
  return host.read('/etc/ssl/mail.pem')
}

/** Every delivered message with this Message-ID, wherever it lies. */
export async function findDelivered(host: Host, user: string, messageId: string): Promise<readonly string[]> {
  const folder = host.outside(`${mailFolder}/${user}/Maildir`)
  const names = await run('sh', ['-c', 'grep -rlF "$1" "$2/new" "$2/cur" || true', '-', messageId, folder])
  return await Promise.all(
    names
      .split('\n')
      .filter(Boolean)
      .map((name) => run('cat', [name])),
  )
}

const makeTls = `openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=${mailName} -addext subjectAltName=DNS:${mailName} \
  -keyout /etc/ssl/mail.key -out /etc/ssl/mail.pem 2>/dev/null`

const dovecotConf = `protocols = imap lmtp
base_dir = /run/dovecot
listen = *
log_path = /dev/stderr
ssl = required
ssl_cert = </etc/ssl/mail.pem
ssl_key = </etc/ssl/mail.key
auth_mechanisms = plain login
mail_location = maildir:~/Maildir
first_valid_uid = 1
first_valid_gid = 1
mail_max_userip_connections = 50
passdb {
  driver = static
  args = password=${mailPassword}
}
userdb {
  driver = static
  args = uid=nobody gid=nogroup home=${mailFolder}/%Lu allow_all_users=yes
}
namespace inbox {
  inbox = yes
  separator = /
  mailbox Drafts {
    auto = subscribe
    special_use = \\Drafts
  }
  mailbox Sent {
    auto = subscribe
    special_use = \\Sent
  }
  mailbox Trash {
    auto = subscribe
    special_use = \\Trash
  }
}
service auth {
  unix_listener auth-sasl {
    mode = 0666
  }
}
service lmtp {
  inet_listener lmtp {
    address = 127.0.0.1
    port = 24
  }
}
protocol lmtp {
  postmaster_address = postmaster@example.org
  ssl = no
}
`

const mainCf = `compatibility_level = 3.6
maillog_file = /var/log/postfix.log
mail_owner = postfix
setgid_group = postdrop
myhostname = ${mailName}
mydestination =
mynetworks =
inet_interfaces = all
inet_protocols = ipv4
alias_maps =
alias_database =
local_recipient_maps =
virtual_mailbox_domains = example.org
virtual_transport = lmtp:inet:127.0.0.1:24
message_size_limit = 52428800
mailbox_size_limit = 0
virtual_mailbox_limit = 0
smtpd_tls_cert_file = /etc/ssl/mail.pem
smtpd_tls_key_file = /etc/ssl/mail.key
smtpd_relay_restrictions = permit_sasl_authenticated, reject
smtpd_recipient_restrictions = permit_sasl_authenticated, reject
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = /run/dovecot/auth-sasl
`

const masterCf = `465 inet n - n - - smtpd
  -o smtpd_tls_wrappermode=yes
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
lmtp unix - - n - - lmtp
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
`

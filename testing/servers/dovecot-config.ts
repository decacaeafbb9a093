// The configuration of a private Dovecot, in the syntax of 2.3 and in that of 2.4, which is another language.

export interface DovecotLayout {
  /** Sockets and pids: short, since the path of a socket has at most 107 bytes. */
  readonly runDir: string
  readonly confDir: string
  /** A folder per user. */
  readonly mailDir: string
  readonly logPath: string
  readonly certPath: string
  readonly keyPath: string
  readonly ports: DovecotPorts
  /** Where the submission service hands mail on; without it there is no submission service. */
  readonly relayPort: number | undefined
  readonly storage: 'sdbox' | 'maildir'
  readonly flavour: 'full' | 'bare'
  readonly maxConnectionsPerUser: number
  readonly quotaMegabytes: number
  /** Appended as it is. */
  readonly extraConfig: string
  /** Whom the mail belongs to; every process too, unless we are root. */
  readonly owner: { readonly uid: number; readonly gid: number; readonly user: string; readonly group: string }
  readonly isRoot: boolean
}

export interface DovecotPorts {
  readonly imap: number
  readonly imaps: number
  readonly lmtp: number
  readonly sieve: number
  readonly submission: number
}

const SPECIAL_USE = ['Drafts', 'Sent', 'Junk', 'Trash', 'Archive']

export function dovecotConfig(version: string, layout: DovecotLayout): string {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major !== 2 || minor < 3) throw new Error(`Dovecot ${version} is not known here: 2.3 and 2.4 are`)
  return minor >= 4 ? config24(layout) : config23(layout)
}

function config23(layout: DovecotLayout): string {
  const isFull = layout.flavour === 'full'
  const { owner } = layout
  return `${common(layout, 'service_count = 0')}
disable_plaintext_auth = no
auth_failure_delay = 0
ssl = yes
ssl_cert = <${layout.certPath}
ssl_key = <${layout.keyPath}
mail_location = ${layout.storage}:~/${layout.storage}
mail_home = ${layout.mailDir}/%Lu
mail_plugins = ${isFull ? 'quota acl' : ''}
mail_attribute_dict = ${isFull ? 'file:%h/dovecot-attributes' : ''}
passdb {
  driver = passwd-file
  args = ${layout.confDir}/masters
  master = yes
}
passdb {
  driver = passwd-file
  args = ${layout.confDir}/users
}
${
  isFull
    ? `passdb {
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = ${layout.confDir}/oauth2.conf
}`
    : ''
}
userdb {
  driver = passwd-file
  args = ${layout.confDir}/users
  default_fields = uid=${owner.uid} gid=${owner.gid} home=${layout.mailDir}/%Lu
}
namespace inbox {
  inbox = yes
  separator = /
${isFull ? specialUse() : ''}
}
protocol imap {
  mail_max_userip_connections = ${layout.maxConnectionsPerUser}
  mail_plugins = ${isFull ? '$mail_plugins imap_quota imap_acl' : ''}
  imap_metadata = ${isFull ? 'yes' : 'no'}
  imap_capability = ${isFull ? '' : 'IMAP4rev1'}
}
protocol lmtp {
  mail_plugins = ${isFull ? '$mail_plugins sieve' : ''}
}
plugin {
  quota = count:User quota
  quota_vsizes = yes
  quota_rule = *:storage=${layout.quotaMegabytes}M
  acl = vfile
  sieve = file:~/sieve;active=~/.dovecot.sieve
}
${layout.relayPort ? `submission_relay_host = 127.0.0.1\nsubmission_relay_port = ${layout.relayPort}` : ''}
${layout.extraConfig}
`
}

function config24(layout: DovecotLayout): string {
  const isFull = layout.flavour === 'full'
  const { owner } = layout
  return `dovecot_config_version = 2.4.0
dovecot_storage_version = 2.4.0
${common(layout, 'restart_request_count = unlimited')}
auth_allow_cleartext = yes
auth_failure_delay = 0
ssl = yes
ssl_server_cert_file = ${layout.certPath}
ssl_server_key_file = ${layout.keyPath}
mail_driver = ${layout.storage}
mail_path = ~/${layout.storage}
mail_home = ${layout.mailDir}/%{user | lower}
${
  isFull
    ? `mail_plugins = quota acl
mail_attribute {
  dict file {
    path = ~/dovecot-attributes
  }
}
quota "User quota" {
  quota_storage_size = ${layout.quotaMegabytes}M
}
acl_driver = vfile
sieve_script personal {
  driver = file
  path = ~/sieve
  active_path = ~/.dovecot.sieve
}
oauth2 {
  introspection_mode = local
  username_attribute = email
  oauth2_local_validation {
    dict fs {
      fs posix {
        prefix = ${layout.confDir}/keys/
      }
    }
  }
}
passdb oauth2 {
  mechanisms_filter = xoauth2 oauthbearer
}`
    : ''
}
passdb masters {
  driver = passwd-file
  passwd_file_path = ${layout.confDir}/masters
  master = yes
}
passdb users {
  driver = passwd-file
  passwd_file_path = ${layout.confDir}/users
}
userdb users {
  driver = passwd-file
  passwd_file_path = ${layout.confDir}/users
  fields {
    uid:default = ${owner.uid}
    gid:default = ${owner.gid}
    home:default = ${layout.mailDir}/%{user | lower}
  }
}
namespace inbox {
  inbox = yes
  separator = /
${isFull ? specialUse() : ''}
}
protocol imap {
  mail_max_userip_connections = ${layout.maxConnectionsPerUser}
${isFull ? '  mail_plugins {\n    imap_quota = yes\n    imap_acl = yes\n  }\n  imap_metadata = yes' : '  imap_capability = IMAP4rev1'}
}
protocol lmtp {
${isFull ? '  mail_plugins {\n    sieve = yes\n  }' : ''}
}
${layout.relayPort ? `submission_relay_host = 127.0.0.1\nsubmission_relay_port = ${layout.relayPort}` : ''}
${layout.extraConfig}
`
}

/** What both syntaxes say alike, but for one renamed setting. */
function common(layout: DovecotLayout, manyRequests: string): string {
  const isFull = layout.flavour === 'full'
  const { owner, ports } = layout
  // Not being root, Dovecot can neither change its user nor chroot.
  const login = layout.isRoot ? '' : 'chroot ='
  return `protocols = imap lmtp${isFull ? ' sieve' : ''}${isFull && layout.relayPort ? ' submission' : ''}
base_dir = ${layout.runDir}
state_dir = ${layout.runDir}/state
listen = 127.0.0.1
log_path = ${layout.logPath}
auth_mechanisms = plain login${isFull ? ' xoauth2 oauthbearer' : ''}
auth_master_user_separator = *
first_valid_uid = 1
first_valid_gid = 1
${layout.isRoot ? '' : `default_internal_user = ${owner.user}\ndefault_internal_group = ${owner.group}\ndefault_login_user = ${owner.user}`}
service anvil {
  ${login}
  # Without its socket there is no growing delay after failed sign-ins.
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
service stats {
  ${login}
}
service auth {
  unix_listener auth-sasl {
    mode = 0666
  }
}
service imap-login {
  ${login}
  ${manyRequests}
  process_min_avail = 1
  client_limit = 2000
  inet_listener imap {
    port = ${ports.imap}
  }
  inet_listener imaps {
    port = ${ports.imaps}
  }
}
service lmtp {
  inet_listener lmtp {
    port = ${ports.lmtp}
  }
}
${
  isFull
    ? `service managesieve-login {
  ${login}
  ${manyRequests}
  inet_listener sieve {
    port = ${ports.sieve}
  }
}`
    : ''
}
${
  isFull && layout.relayPort
    ? `service submission-login {
  ${login}
  ${manyRequests}
  inet_listener submission {
    port = ${ports.submission}
  }
  inet_listener submissions {
    port = 0
  }
}`
    : ''
}`
}

function specialUse(): string {
  return SPECIAL_USE.map((name) => `  mailbox ${name} {\n    auto = subscribe\n    special_use = \\${name}\n  }`).join(
    '\n',
  )
}

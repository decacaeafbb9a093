// Dovecot over a mail store that both mail hosts share: Maildir with locks and without mapped indexes, every write synced. Both run;
// the one with the floating address serves IMAP and LMTP, so that one server at a time writes into a mailbox but for the moment of
// a take-over, which the locks are for.

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Host } from '../net/host.ts'
import { mailDomain, password, personAddress } from '../topologies/plan.ts'
import { greetingScript, greets, type Service } from './service.ts'

export function dovecot(people: number): Service {
  return {
    name: 'dovecot',
    async start(host) {
      const users = Array.from({ length: people }, (_, index) => `${personAddress(index)}:{PLAIN}${password}::::::\n`)
      host.write('/etc/dovecot/lab-users', users.join(''))
      host.write('/etc/dovecot/lab.conf', dovecotConfig)
      await host.start('dovecot', ['dovecot', '-F', '-c', '/etc/dovecot/lab.conf'])
    },
    check: (host) => greets(host, 143, '* OK'),
  }
}

/** Greeting, and a write into the store. */
export const dovecotCheck = `${greetingScript('127.0.0.1', 143, '* OK')} && timeout 0.5 touch /shared/mail/.alive-$(hostname)`

/** Mail that is there before anybody signs in, written as a delivery would, before any Dovecot runs. */
export function seedMail(host: Host, people: number, each: number): void {
  for (let person = 0; person < people; person++) {
    const folder = host.outside(`/shared/mail/${personAddress(person)}/Maildir`)
    for (const name of ['cur', 'new', 'tmp']) mkdirSync(join(folder, name), { recursive: true })
    for (let n = 0; n < each; n++) {
      const at = Date.UTC(2026, 0, 1) + n * 3_600_000
      const file = `${Math.floor(at / 1000)}.M${n}P1.seed:2,S`
      writeFileSync(join(folder, 'cur', file), seedMessage(person, n, new Date(at)))
    }
  }
}

function seedMessage(person: number, n: number, date: Date): string {
  const lines = [
    `From: Harbour ${n % 7} <harbour${n % 7}@example.test>`,
    `To: ${personAddress(person)}`,
    `Subject: seed ${n} about ${['cargo', 'berths', 'tides', 'crew'][n % 4]}`,
    `Date: ${date.toUTCString().replace('GMT', '+0000')}`,
    `Message-ID: <seed-${person}-${n}@example.test>`,
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=utf-8',
    '',
    ...Array.from({ length: 20 }, (_, line) => `Line ${line} of what was said on day ${n}.`),
  ]
  return `${lines.join('\r\n')}\r\n`
}

export async function ownStore(host: Host): Promise<void> {
  await host.exec(['sh', '-c', 'mkdir -p /shared/mail && chown -R nobody:nogroup /shared/mail'])
}

const dovecotConfig = `protocols = imap lmtp
base_dir = /run/dovecot
listen = *
log_path = /dev/stderr
disable_plaintext_auth = no
auth_failure_delay = 0
auth_mechanisms = plain login
ssl = no
login_trusted_networks = 10.77.0.0/24
mail_location = maildir:~/Maildir
mail_home = /shared/mail/%Lu
mmap_disable = yes
mail_fsync = always
lock_method = fcntl
first_valid_uid = 1
first_valid_gid = 1
default_process_limit = 4000
default_client_limit = 20000
default_vsz_limit = 512M
mail_max_userip_connections = 100
passdb {
  driver = passwd-file
  args = /etc/dovecot/lab-users
}
userdb {
  driver = passwd-file
  args = /etc/dovecot/lab-users
  default_fields = uid=nobody gid=nogroup home=/shared/mail/%Lu
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
  mailbox Junk {
    auto = subscribe
    special_use = \\Junk
  }
  mailbox Archive {
    auto = subscribe
    special_use = \\Archive
  }
}
service anvil {
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
service auth {
  unix_listener auth-sasl {
    mode = 0666
  }
}
service imap-login {
  service_count = 0
  process_min_avail = 1
  client_limit = 10000
}
service imap {
  process_limit = 4000
}
service lmtp {
  process_limit = 50
  inet_listener lmtp {
    port = 24
  }
}
protocol lmtp {
  postmaster_address = postmaster@${mailDomain}
}
`

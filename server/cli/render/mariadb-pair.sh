#!/bin/bash
# One of two MariaDB servers that replicate each other, the one with the floating address being the writer.
#
#   paquebot-mariadb accounts            the users, with the passwords of the files; again after a change of these
#   paquebot-mariadb first               on the first server of a new pair: makes the database
#   paquebot-mariadb join                on a server that is new or empty: copies what the other one has, and follows it
#   paquebot-mariadb follow              on the other one, after a join: follows the new one
#   paquebot-mariadb status              who may write, and what the replication does
#   paquebot-mariadb check               keepalived: fit for the floating address? Calls heal as well
#   paquebot-mariadb heal                asks the other server again for what it had not
#   paquebot-mariadb notify TYPE NAME STATE   keepalived: the address came or went
#   paquebot-mariadb before-start|after-start   systemd
#
# It runs as root and asks the server over its socket, where root needs no password.
# SETTINGS
set -u
data=/var/lib/mysql/
member=${data}paquebot-pair-member
state=/run/paquebot-mariadb.state
role=/run/paquebot-mariadb.env
healing=/run/paquebot-mariadb.heal

sql() { timeout "${limit:-10}" mariadb -BN -e "$1"; }
fail() { echo "paquebot-mariadb: $*" >&2; exit 1; }
password() {
  local line
  read -r line <"$1" || [ -n "${line:-}" ] || fail "$1 cannot be read"
  # It stands between quotes in statements.
  [[ $line =~ ^[A-Za-z0-9._+/=-]{12,}$ ]] || fail "$1: 12 letters, digits and ._+/=- or more, on one line"
  printf %s "$line"
}
at_peer() {
  MYSQL_PWD=$(password "$replication_password_file") timeout "${limit:-10}" \
    "$1" -h "$peer" -u "$replication_user" "${@:2}"
}
peer_says() { at_peer mariadb --connect-timeout=3 -BN -e "$1"; }
# From gtid_slave_pos on.
replicate() {
  local secret
  secret=$(password "$replication_password_file") || exit 1
  sql "CHANGE MASTER TO MASTER_HOST='$peer', MASTER_USER='$replication_user', MASTER_PASSWORD='$secret',
      MASTER_USE_GTID=slave_pos, MASTER_CONNECT_RETRY=1, MASTER_HEARTBEAT_PERIOD=1;
    START SLAVE" || fail "$peer cannot be followed"
}
# Until it is applied here, or for 15 s.
await_position() { [ -z "$1" ] || limit=20 sql "SELECT MASTER_GTID_WAIT('$1', 15)" >/dev/null; }
slave_field() { limit=3; timeout 3 mariadb -e 'SHOW SLAVE STATUS\G' | sed -n "s/^ *$1: //p"; }

case "${1:-}" in
accounts)
  own=$(password "$user_password_file") || exit 1
  other=$(password "$replication_password_file") || exit 1
  # Not replicated: each server has its own users, or the first that two servers say to each other is a conflict.
  sql "SET SESSION sql_log_bin=0;
    CREATE USER IF NOT EXISTS '$user'@'%'; ALTER USER '$user'@'%' IDENTIFIED BY '$own';
    GRANT ALL ON \`$database\`.* TO '$user'@'%'; GRANT BINLOG MONITOR, SLAVE MONITOR ON *.* TO '$user'@'%';
    CREATE USER IF NOT EXISTS '$replication_user'@'%'; ALTER USER '$replication_user'@'%' IDENTIFIED BY '$other';
    GRANT SELECT, LOCK TABLES, SHOW VIEW, TRIGGER ON \`$database\`.* TO '$replication_user'@'%';
    GRANT RELOAD, REPLICATION SLAVE, BINLOG MONITOR, SLAVE MONITOR ON *.* TO '$replication_user'@'%'" || exit 1
  echo "the users $user and $replication_user are there"
  ;;
first)
  [ -e $member ] && fail "this server is part of a pair already"
  sql "SET SESSION sql_log_bin=0; CREATE DATABASE \`$database\` CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin" || exit 1
  touch $member
  echo "the database $database is there; keepalived may give this server the address"
  ;;
join)
  [ -e $member ] && fail "this server is part of a pair already; to copy it anew, remove $member first"
  [ "$(sql 'SELECT @@read_only')" = 1 ] || fail "this server is not read-only"
  [ "$(peer_says 'SELECT @@read_only')" = 0 ] || fail "$peer does not answer, or is not the writer"
  sql "STOP SLAVE; RESET SLAVE ALL; RESET MASTER; SET SESSION sql_log_bin=0; DROP DATABASE IF EXISTS \`$database\`" || exit 1
  copy=$(mktemp) || exit 1
  trap 'rm -f "$copy"' EXIT
  limit=86400 at_peer mariadb-dump --single-transaction --master-data=1 --gtid --hex-blob --databases "$database" >"$copy" ||
    fail "what $peer has could not be read"
  # With the position in it, but not with a name and a password.
  { echo 'SET SESSION sql_log_bin=0;'; grep -v '^CHANGE MASTER TO' "$copy"; } | mariadb || fail "the copy could not be written"
  replicate
  touch $member
  echo "copied from $peer, and following it; now, on the other server: $0 follow"
  ;;
follow)
  [ -e $member ] || fail "this server has nothing that another could follow: join, or first"
  [ "$(peer_says 'SELECT @@read_only')" = 1 ] || fail "$peer does not answer, or may write: there is another writer than this server"
  # The other one is a copy of this: whatever it has is here. Writing goes on meanwhile, and a position behind the own log is refused.
  # Its own thread may be waiting for the machine that is gone.
  limit=60 sql 'STOP SLAVE' || fail "the replication of this server does not stop"
  for _ in $(seq 50); do sql 'SET GLOBAL gtid_slave_pos=@@gtid_current_pos' 2>/dev/null && break; sleep 0.1; done
  position=$(sql 'SELECT @@gtid_slave_pos') || exit 1
  # It can be asked for what comes next once it has come so far itself.
  [ "$(limit=30 peer_says "SELECT MASTER_GTID_WAIT('$position', 25)")" = 0 ] || fail "$peer does not follow this server: join, there"
  replicate
  echo "following $peer"
  ;;
status)
  echo "this server: $([ "$(sql 'SELECT @@read_only')" = 0 ] && echo 'the writer' || echo 'read-only')"
  echo "acknowledged by the other server: $([ "$(sql "SELECT IF(@@rpl_semi_sync_master_enabled AND variable_value='ON', 1, 0)
    FROM information_schema.global_status WHERE variable_name='Rpl_semi_sync_master_status'")" = 1 ] && echo yes || echo no)"
  for name in Slave_IO_Running Slave_SQL_Running Seconds_Behind_Master Last_IO_Error Last_SQL_Error; do
    echo "$name: $(slave_field $name)"
  done
  ;;
check)
  # A question, so that a server that hangs fails as a dead one does. One that has not joined has nothing to offer.
  [ -e $member ] && limit=0.8 sql 'SELECT 1' >/dev/null 2>&1 || exit 1
  # Beside it: keepalived waits for nothing else.
  setsid "$0" heal </dev/null >/dev/null 2>&1 &
  ;;
heal)
  # A server that crashed has taken out of its log what nobody had acknowledged, and gets it back from this one. Asked for it before
  # that, it says that it has no such thing, and no server asks again by itself after such an answer.
  exec 9>$healing
  flock -n 9 || exit 0
  [ "$(slave_field Last_IO_Errno)" = 1236 ] || exit 0
  [[ $(slave_field Last_IO_Error) == *"not in the master's binlog"* ]] || exit 0
  # What was received and is not applied yet would go with the relay log, and the other one may not have it any more.
  [ "$(sql "SELECT MASTER_GTID_WAIT('$(slave_field Gtid_IO_Pos)', 0.001)")" = 0 ] || exit 0
  sql 'STOP SLAVE; START SLAVE' && logger -t paquebot-mariadb 'asked the other server again for what it had not (1236)'
  sleep 3
  ;;
notify)
  # keepalived waits for nobody: a later call may overtake this one.
  echo "$4" >$state
  case "$4" in
  MASTER)
    # What the other server was told is here must be applied before anybody writes on top of it.
    await_position "$(slave_field Gtid_IO_Pos)"
    # A server that has just come back has not received what was taken out of its log, and would give its numbers to other transactions.
    await_position "$(limit=1 peer_says 'SELECT @@gtid_binlog_pos' 2>/dev/null)"
    [ "$(cat $state)" = MASTER ] || exit 0
    limit=5 sql 'SET GLOBAL rpl_semi_sync_master_enabled=1; SET GLOBAL read_only=0' && logger -t paquebot-mariadb 'this server is the writer'
    ;;
  *)
    # A server that hangs hears of it when it wakes.
    for _ in $(seq 1200); do
      [ "$(cat $state)" = MASTER ] && exit 0
      if limit=2 sql 'SET GLOBAL read_only=1; SET GLOBAL rpl_semi_sync_master_enabled=0' 2>/dev/null; then
        # Who is connected believes that it may write.
        sql "SELECT CONCAT('KILL ', id, ';') FROM information_schema.processlist WHERE user='$user'" | mariadb -f 2>/dev/null
        logger -t paquebot-mariadb 'this server is read-only'
        exit 0
      fi
      sleep 0.5
    done
    ;;
  esac
  ;;
before-start)
  # What this one has in its log and nobody acknowledged is taken out of it, when the other one has run ever since this one last wrote:
  # it has all that was acknowledged, and may be the writer by now or in a moment. When it has not (both were off, or it cannot be
  # asked), this may be the only log that has it: it is kept.
  : >$role
  [ -e $member ] || exit 0
  last=$(stat -c %Y $data* 2>/dev/null | sort -n | tail -1)
  up=$(limit=3 peer_says "SELECT variable_value FROM information_schema.global_status WHERE variable_name='Uptime'" 2>/dev/null)
  [[ $up =~ ^[0-9]+$ ]] && [ -n "$last" ] || exit 0
  # Whole seconds, on two clocks that need not agree: what is close counts as a restart.
  [ "$up" -gt $(($(date +%s) - last + 2)) ] || exit 0
  echo 'MYSQLD_OPTS=--init-rpl-role=SLAVE' >$role
  ;;
after-start)
  for _ in $(seq 300); do sql 'SELECT 1' >/dev/null 2>&1 && break; sleep 0.2; done
  [ -e $member ] && [ -n "$(slave_field Master_Host)" ] || exit 0
  # A transaction of its own may have come back to it before it was taken out of its log: it has to be asked for once more.
  own=$(sql 'SELECT @@gtid_domain_id')
  position=$({
    sql 'SELECT @@gtid_slave_pos' | tr , '\n' | grep -v "^$own-"
    sql 'SELECT @@gtid_binlog_pos' | tr , '\n' | grep "^$own-"
  } | paste -sd, -)
  sql "STOP SLAVE; SET GLOBAL gtid_slave_pos='$position'; START SLAVE"
  # It is read-only after a start, and keepalived tells only what changes.
  [ "$(cat $state 2>/dev/null)" != MASTER ] || "$0" notify INSTANCE database MASTER
  ;;
*)
  sed -n '2,/^# It runs/s/^# \{0,1\}//p' "$0"
  exit 64
  ;;
esac

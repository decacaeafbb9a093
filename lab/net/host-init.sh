#!/bin/bash
# First process of a host: its own root (an overlay on tmpfs over the machine's), /proc, /run and /tmp, its disk at /disk, what the
# hosts share at /shared. It ends up as a `sleep` that reaps, and whose death is the end of the host.
set -eu
lab=$1 host=$2 state=$3 checkout=$4
hostname "$host"
mount -t tmpfs -o size=2g,mode=755 root /mnt
mkdir /mnt/upper /mnt/work /mnt/root
mount -t overlay overlay -o lowerdir=/,upperdir=/mnt/upper,workdir=/mnt/work /mnt/root
cd /mnt/root
mount -t proc proc proc
mount --rbind /dev dev
mount -t sysfs -o ro sysfs sys
mount -t tmpfs -o size=256m shm dev/shm
mount -t tmpfs -o size=64m,mode=755 run run
mount -t tmpfs -o size=512m,mode=1777 tmp tmp
mkdir -p run/lock disk shared "./$state/log" "./$checkout"
mkdir -p "$state/disks/$host"
mount --bind "$state/disks/$host" disk
mount --rbind "$state/disks/shared" shared
mount --bind "$state/log" "./$state/log"
mount --rbind -o ro "$checkout" "./$checkout"
mkdir -p .old
pivot_root . .old
cd /
umount -l /.old
cp "$state/log/hosts" /etc/hosts
echo "$host" > /etc/hostname
: > /etc/resolv.conf
sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv4.ip_nonlocal_bind=1 net.ipv4.ip_local_port_range="10000 60999" 2>/dev/null || true
trap "" CHLD
exec -a "paquebot-lab:$lab:$host" sleep infinity

#!/bin/bash
# First process of a lab: holds the switch (a bridge in its own network namespace) and the disks (a tmpfs in its own mount
# namespace). Every host lives in a pid namespace below this one, so that its death is the end of the whole lab.
set -eu
lab=$1 state=$2
hostname "lab-$lab"
mkdir -p "$state/disks"
mount -t tmpfs -o size=6g,mode=755 disks "$state/disks"
mkdir -p "$state/disks/shared/uploads"
# Small enough to be filled.
mount -t tmpfs -o size=96m,mode=700 uploads "$state/disks/shared/uploads"
ip link set lo up
ip link add br0 type bridge stp_state 0 forward_delay 0 mcast_snooping 0
ip link set br0 up
trap "" CHLD
exec -a "paquebot-lab:$lab:rack" sleep infinity

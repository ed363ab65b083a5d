#!/bin/sh
# Saves the director's state, deletes it, and restores it, thresholds and timeouts included.
# Run as root on a director; it changes the table.
set -eu

lvsctl save /tmp/before.yaml

lvsctl flush --yes
lvsctl restore /tmp/before.yaml >/dev/null

lvsctl save /tmp/after.yaml
cmp /tmp/before.yaml /tmp/after.yaml
echo "restored"

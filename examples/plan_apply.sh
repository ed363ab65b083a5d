#!/bin/sh
# Plans, applies exactly what was planned, and reverts it if the test after it fails.
# Run as root on a director that has the service tcp://192.0.2.10:80; it changes the table.
set -eu

cat >/tmp/web.yaml <<FILE
version: 1
services:
  - listen: tcp://192.0.2.10:80
    scheduler: wrr
    servers:
      - { address: 10.0.0.11:8080, weight: 5 }
      - { address: 10.0.0.14:8080, weight: 1 }
FILE

# The plan can be reviewed; it is refused if the table or the file changes meanwhile.
lvsctl plan /tmp/web.yaml --out /tmp/web.plan
lvsctl apply --plan /tmp/web.plan --yes >/dev/null

# If the test fails, undo restores the table.
if ! lvsctl server list tcp://192.0.2.10:80 | grep -q 10.0.0.12; then
  lvsctl undo --yes >/dev/null
  echo "gone back"
fi

#!/bin/sh
# Adds a service and the real servers of a list, and sets the weight of those that it has already: --ensure does not
# fail for what exists.
# Run as root on a director; it changes the table.
set -eu

service=tcp://192.0.2.10:80
lvsctl service add "$service" --scheduler wrr --ensure >/dev/null

while read -r server weight; do
  lvsctl server add "$service" "$server" --forward nat --weight "$weight" --ensure >/dev/null
done <<LIST
10.0.0.11:8080 1
10.0.0.12:8080 2
10.0.0.13:8080 3
LIST

lvsctl list "$service"

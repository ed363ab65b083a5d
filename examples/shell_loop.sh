#!/bin/sh
# Adds the real servers of a list to a service, and sets the weight of those that it has already.
# Run as root on a director; it changes the table.
set -eu

service=tcp://192.0.2.10:80
lvsctl service show "$service" >/dev/null 2>&1 || lvsctl service add "$service" --scheduler wrr

while read -r server weight; do
  lvsctl server add "$service" "$server" --forward nat --weight "$weight" 2>/dev/null ||
    lvsctl server edit "$service" "$server" --weight "$weight"
done <<LIST
10.0.0.11:8080 1
10.0.0.12:8080 2
10.0.0.13:8080 3
LIST

lvsctl list "$service"

#!/bin/sh
# Balances port 80 of the VIPs among three web servers on this network, by direct routing. Run as root on the director,
# once real_server.sh ran on the real servers; it may be run again.
set -eu

lvsctl vip add 10.0.0.100 --device eth0 --ensure
lvsctl vip add fd00::100 --device eth0 --ensure

lvsctl restore - --yes <<'STATE'
version: 1
services:
  - listen: tcp://10.0.0.100:80
    scheduler: rr
    forward: dr
    servers: [10.0.0.11:80, 10.0.0.12:80, 10.0.0.13:80]
  - listen: "tcp://[fd00::100]:80"
    scheduler: rr
    forward: dr
    servers: ["[fd00::11]:80", "[fd00::12]:80", "[fd00::13]:80"]
STATE

lvsctl list

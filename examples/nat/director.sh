#!/bin/sh
# Balances port 80 of the VIPs among three web servers behind this machine, by NAT. Run as root on the director; it may
# be run again.
set -eu

lvsctl vip add 10.0.0.100 --device eth0 --ensure
lvsctl vip add fd00::100 --device eth0 --ensure

lvsctl restore - --yes <<'STATE'
version: 1
services:
  - listen: tcp://10.0.0.100:80
    scheduler: rr
    forward: nat
    servers: [10.1.0.11:8080, 10.1.0.12:8080, 10.1.0.13:8080]
  - listen: "tcp://[fd00::100]:80"
    scheduler: rr
    forward: nat
    servers: ["[fd00:1::11]:8080", "[fd00:1::12]:8080", "[fd00:1::13]:8080"]
STATE

lvsctl list

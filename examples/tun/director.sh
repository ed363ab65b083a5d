#!/bin/sh
# Balances port 80 of the VIPs among three web servers in other networks, through tunnels. Run as root on the director,
# to which the VIPs are routed, once real_server.sh ran on the real servers; it may be run again.
set -eu

lvsctl vip add 10.9.9.9 --device lo --ensure
lvsctl vip add fd09::9 --device lo --ensure

lvsctl restore - --yes <<'STATE'
version: 1
services:
  - listen: tcp://10.9.9.9:80
    scheduler: rr
    forward: tun
    servers: [10.2.1.2:80, 10.2.2.2:80, 10.2.3.2:80]
  - listen: "tcp://[fd09::9]:80"
    scheduler: rr
    forward: tun
    servers: ["[fd02:1::2]:80", "[fd02:2::2]:80", "[fd02:3::2]:80"]
STATE

lvsctl list

#!/bin/sh
# Makes this machine a real server of the VIPs through tunnels. Run as root on each real server, before the director
# sends anything; it may be run again.
set -eu

lvsctl realserver setup 10.9.9.9 fd09::9 --forward tun
lvsctl realserver check

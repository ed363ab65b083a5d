#!/bin/sh
# Makes this machine a real server of the VIPs by direct routing. Run as root on each real server, before the director
# sends anything; it may be run again.
set -eu

lvsctl realserver setup 10.0.0.100 fd00::100 --forward dr
lvsctl realserver check

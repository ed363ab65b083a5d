/** The output of `--version`: the version that lvsctl behaves like, because programs look for it. */
export const VERSION_LINE = "ipvsadm v1.31 2019/12/24 (compiled with popt and IPVS v1.2.1)";

/**
 * The output of `--help`.
 *
 * @param program The program's name.
 */
export function helpText(program: string): string {
  return `${VERSION_LINE}
This is lvsctl in place of ipvsadm 1.31. The first option is the command, the others follow in any order.

Services:
  ${program} -A|-E SERVICE [-s SCHEDULER] [-p [SECONDS] [-M NETMASK]] [--pe ENGINE] [-b FLAGS] [-o]
  ${program} -D SERVICE
  ${program} -Z [SERVICE]
  -A, --add-service           add; what is not given has its default
  -E, --edit-service          edit; what is not given returns to its default
  -D, --delete-service        delete, with its servers
  -Z, --zero                  zero the counters, of one service or of all

SERVICE is one of:
  -t, --tcp-service HOST[:PORT]
  -u, --udp-service HOST[:PORT]
      --sctp-service HOST[:PORT]
  -f, --fwmark-service MARK   1 to 4294967295; with -6, --ipv6 after it for IPv6
IPv6 addresses are written [ADDRESS]:PORT.

Of a service:
  -s, --scheduler NAME        rr, wrr, lc, wlc, lblc, lblcr, dh, sh, sed, nq, fo, ovf, mh, twos ... (wlc)
  -p, --persistent [SECONDS]  1 to 2678400 (360)
  -M, --netmask MASK          of persistent clients: 255.255.255.0, or a prefix length for IPv6; after SERVICE
      --pe ENGINE             persistence engine: sip
  -b, --sched-flags FLAGS     flag-1,flag-2,flag-3; sh-fallback,sh-port; mh-fallback,mh-port
  -o, --ops                   one-packet scheduling, for UDP and firewall marks

Servers:
  ${program} -a|-e SERVICE -r HOST[:PORT] [-g|-i|-m] [-w WEIGHT] [-x NUMBER] [-y NUMBER] [TUNNEL]
  ${program} -d SERVICE -r HOST[:PORT]
  -a, --add-server            add
  -e, --edit-server           edit; what is not given returns to its default
  -d, --delete-server         delete
  -r, --real-server HOST[:PORT]  without a port the service's; with -g and -i always the service's
  -g, --gatewaying            direct routing (the default)
  -i, --ipip                  tunnelling
  -m, --masquerading          NAT
  -w, --weight NUMBER         0 to 2147483647 (1)
  -x, --u-threshold NUMBER    connections at which it gets no new ones; 0 is no limit
  -y, --l-threshold NUMBER    connections under which it gets them again
      --tun-type TYPE         ipip, gue or gre (ipip)
      --tun-port PORT         for gue
      --tun-nocsum, --tun-csum, --tun-remcsum  for gue; the first two for gre

The table:
  ${program} -L|-l [SERVICE] [-n] [--stats|--rate|--thresholds|--persistent-conn|--tun-info] [-X] [--nosort]
  ${program} -L [-c [--persistent-conn]|--timeout|--daemon] [-n]
  ${program} -S [-n]
  ${program} -R
  ${program} -C
  -L, -l, --list              list; without any option too
  -S, --save                  print as rules
  -R, --restore               run the commands on standard input, one a line
  -C, --clear                 delete every service
  -n, --numeric               addresses and ports as numbers
  -c, --connection            connections
      --timeout               timeouts
      --daemon                sync daemons
      --stats, --rate         traffic, in all and per second
      --thresholds, --persistent-conn, --tun-info  other columns
  -X, --exact                 large numbers in full
      --nosort                in the kernel's order; --sort does nothing

Kernel:
  ${program} --set TCP TCPFIN UDP      timeouts in seconds; 0 leaves one as it is
  ${program} --start-daemon master|backup [DAEMON]
  ${program} --stop-daemon master|backup [--syncid ID]
DAEMON is any of:
      --mcast-interface NAME  (eth0)
      --syncid ID             0 to 255 (0)
      --sync-maxlen BYTES     1 to 65507 (from the interface's MTU)
      --mcast-group ADDRESS   (224.0.0.81)
      --mcast-port PORT       (8848)
      --mcast-ttl TTL         1 to 255 (1)

  -h, --help                  this text
  -v, --version               the version
`;
}

import { type Change, parseIpAddress } from "../../../../core/model/mod.ts";
import { realServer, serviceId, virtualService } from "../../../support/samples.ts";

/** A change, and the commands of ipvsadm that ask for the same. */
export interface Sample {
  /** The change. */
  readonly change: Change;
  /** Key of `captured/requests.json`. */
  readonly ipvsadm: string;
}

const WEB = "tcp://192.0.2.10:80";
const WEB6 = "tcp://[2001:db8::10]:443";
const NET24 = 0xffffff00;

/** One change of every operation and form, in an order in which each can be carried out. */
export const SAMPLES: readonly Sample[] = [
  {
    ipvsadm: "ipvsadm -A -t 192.0.2.10:80 -s wlc -p 300 -M 255.255.255.0",
    change: {
      operation: "addService",
      service: virtualService(WEB, { scheduler: "wlc", persistence: { timeoutSeconds: 300, netmask: NET24 } }),
    },
  },
  {
    ipvsadm: "ipvsadm -E -t 192.0.2.10:80 -s sh -b sh-port",
    change: { operation: "editService", service: virtualService(WEB, { scheduler: "sh", schedulerFlags: 2 }) },
  },
  {
    ipvsadm: "ipvsadm -A -t [2001:db8::10]:443 -s mh -b mh-fallback,mh-port -p 60 -M 64",
    change: {
      operation: "addService",
      service: virtualService(WEB6, {
        scheduler: "mh",
        schedulerFlags: 3,
        persistence: { timeoutSeconds: 60, netmask: 64 },
      }),
    },
  },
  {
    ipvsadm: "ipvsadm -A -f 5 -s rr",
    change: { operation: "addService", service: virtualService("fwmark:5") },
  },
  {
    ipvsadm: "ipvsadm -A -f 6 -6 -s rr -o",
    change: { operation: "addService", service: virtualService("fwmark6:6", { onePacket: true }) },
  },
  {
    ipvsadm: "ipvsadm -A -u 192.0.2.10:53 -s rr -o",
    change: { operation: "addService", service: virtualService("udp://192.0.2.10:53", { onePacket: true }) },
  },
  {
    ipvsadm: "ipvsadm -A --sctp-service 192.0.2.10:36412 -s lc",
    change: { operation: "addService", service: virtualService("sctp://192.0.2.10:36412", { scheduler: "lc" }) },
  },
  {
    ipvsadm: "ipvsadm -A -u 192.0.2.10:5060 -s rr -p 360 --pe sip",
    change: {
      operation: "addService",
      service: virtualService("udp://192.0.2.10:5060", {
        persistence: { timeoutSeconds: 360, netmask: 0xffffffff, engine: "sip" },
      }),
    },
  },
  {
    ipvsadm: "ipvsadm -a -t 192.0.2.10:80 -r 10.0.0.11:8080 -m -w 3 -x 1000 -y 500",
    change: {
      operation: "addServer",
      id: serviceId(WEB),
      server: realServer("10.0.0.11:8080", { weight: 3, upperThreshold: 1000, lowerThreshold: 500 }),
    },
  },
  {
    ipvsadm: "ipvsadm -a -t 192.0.2.10:80 -r 10.0.0.12:80 -g -w 1",
    change: { operation: "addServer", id: serviceId(WEB), server: realServer("10.0.0.12:80", { forward: "dr" }) },
  },
  {
    // ipvsadm gives a server that is tunnelled or routed to the port of its service.
    ipvsadm: "ipvsadm -e -t 192.0.2.10:80 -r 10.0.0.12:8080 -i -w 0 --tun-type gue --tun-port 5555 --tun-remcsum",
    change: {
      operation: "editServer",
      id: serviceId(WEB),
      server: realServer("10.0.0.12:80", {
        forward: "tun",
        weight: 0,
        tunnel: { type: "gue", port: 5555, checksum: "remcsum" },
      }),
    },
  },
  {
    ipvsadm: "ipvsadm -a -t [2001:db8::10]:443 -r [2001:db8::a]:443 -g -w 1",
    change: { operation: "addServer", id: serviceId(WEB6), server: realServer("[2001:db8::a]:443", { forward: "dr" }) },
  },
  {
    ipvsadm: "ipvsadm -a -t 192.0.2.10:80 -r [2001:db8::b]:80 -i --tun-type gre --tun-csum",
    change: {
      operation: "addServer",
      id: serviceId(WEB),
      server: realServer("[2001:db8::b]:80", { forward: "tun", tunnel: { type: "gre", port: 0, checksum: "csum" } }),
    },
  },
  {
    ipvsadm: "ipvsadm -d -t 192.0.2.10:80 -r [2001:db8::b]:80",
    change: { operation: "deleteServer", id: serviceId(WEB), server: realServer("[2001:db8::b]:80") },
  },
  {
    ipvsadm: "ipvsadm -d -t [2001:db8::10]:443 -r [2001:db8::a]:443",
    change: { operation: "deleteServer", id: serviceId(WEB6), server: realServer("[2001:db8::a]:443") },
  },
  { ipvsadm: "ipvsadm -Z -t 192.0.2.10:80", change: { operation: "zero", id: serviceId(WEB) } },
  { ipvsadm: "ipvsadm -Z", change: { operation: "zero" } },
  { ipvsadm: "ipvsadm -D -f 5", change: { operation: "deleteService", id: serviceId("fwmark:5") } },
  { ipvsadm: "ipvsadm -D -t [2001:db8::10]:443", change: { operation: "deleteService", id: serviceId(WEB6) } },
  {
    ipvsadm: "ipvsadm --set 900 120 300",
    change: { operation: "setTimeouts", timeouts: { tcpSeconds: 900, tcpFinSeconds: 120, udpSeconds: 300 } },
  },
  {
    ipvsadm: "ipvsadm --start-daemon master --mcast-interface lo --syncid 3",
    change: { operation: "startSyncDaemon", daemon: { role: "master", interface: "lo", syncId: 3 } },
  },
  { ipvsadm: "ipvsadm --stop-daemon master", change: { operation: "stopSyncDaemon", role: "master" } },
  {
    ipvsadm: "ipvsadm --start-daemon backup --mcast-interface lo --syncid 255 --sync-maxlen 2000 " +
      "--mcast-group 224.1.2.3 --mcast-port 9000 --mcast-ttl 7",
    change: {
      operation: "startSyncDaemon",
      daemon: {
        role: "backup",
        interface: "lo",
        syncId: 255,
        maxLength: 2000,
        group: parseIpAddress("224.1.2.3"),
        port: 9000,
        ttl: 7,
      },
    },
  },
  { ipvsadm: "ipvsadm --stop-daemon backup", change: { operation: "stopSyncDaemon", role: "backup" } },
  {
    ipvsadm: "ipvsadm --start-daemon backup --mcast-interface lo --syncid 0 --mcast-group ff02::51",
    change: {
      operation: "startSyncDaemon",
      daemon: { role: "backup", interface: "lo", syncId: 0, group: parseIpAddress("ff02::51") },
    },
  },
  { ipvsadm: "ipvsadm -C", change: { operation: "flush" } },
];

/**
 * In the guest: a connection table with 100,000 entries. Listing them by lvsctl and by its drop-in against `cat` of the
 * kernel's list, and counting them from the counters of the servers. Prints {@linkcode Contest}s as JSON.
 *
 * A backup daemon puts the entries into the table: they come as messages of a master, from another namespace.
 *
 * @module
 */
import { ip, mustRun, Namespaces } from "../lab/namespace.ts";
import { wait } from "../lab/many_servers.ts";
import { type Contest, type Cost, costOf, median } from "./measure.ts";

const CONNECTIONS = 100_000;
const SERVERS = 200;

/** The namespaces of the backup daemon and of the sender, and the sender's address. */
const DIRECTOR = "director";
const MASTER = "master";
const MASTER_ADDRESS = "10.5.0.2";

/** Where the messages go (net/netfilter/ipvs/ip_vs_sync.c). */
const GROUP = { transport: "udp", hostname: "224.0.0.81", port: 8848 } as const;
const SYNC_ID = 1;

/** Sizes of a message's header and of one connection over IPv4 in it; bytes. */
const HEADER_BYTES = 8;
const CONNECTION_BYTES = 36;

/** Connections in a message, so that it fits into a frame, and messages in a row, so that it fits into the socket. */
const PER_MESSAGE = 40;
const PER_BURST = 2000;
const PAUSE_MS = 12;

const VIP = "10.8.0.1";

/** Each list is read so often; the kernel walks its table anew for each part of the list, which takes seconds. */
const RUNS = 3;

const LIMITS = { list: 1 / 1.1, megabytes: 50, countMs: 1000 } as const;

/** The bytes of connections in a message: established over TCP, from different clients, to one of the servers. */
function messageOf(first: number, count: number): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES + count * CONNECTION_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint8(1, SYNC_ID);
  view.setUint16(2, bytes.length);
  view.setUint8(4, count);
  // The version of the protocol.
  view.setUint8(5, 1);
  for (let index = 0; index < count; index++) {
    const number = first + index;
    const at = HEADER_BYTES + index * CONNECTION_BYTES;
    view.setUint8(at + 1, 6);
    view.setUint16(at + 2, CONNECTION_BYTES);
    view.setUint16(at + 8, 1);
    view.setUint16(at + 10, 1024 + number % 60_000);
    view.setUint16(at + 12, 80);
    view.setUint16(at + 14, 8080);
    view.setUint32(at + 20, 3600);
    view.setUint32(at + 24, 0x64400000 + Math.floor(number / 4));
    view.setUint32(at + 28, 0x0a080001);
    view.setUint32(at + 32, 0x0a090001 + number % SERVERS);
  }
  return bytes;
}

/** Sends all connections; in the namespace of the master. */
async function send(): Promise<void> {
  const socket = Deno.listenDatagram({ transport: "udp", hostname: MASTER_ADDRESS, port: 0 });
  for (let first = 0; first < CONNECTIONS; first += PER_MESSAGE) {
    await socket.send(messageOf(first, Math.min(PER_MESSAGE, CONNECTIONS - first)), GROUP);
    if (first % PER_BURST === 0) await wait(PAUSE_MS);
  }
  socket.close();
}

async function fillTable(): Promise<void> {
  await ip([`addr add ${MASTER_ADDRESS}/24 dev eth0`, "link set eth0 up", "route add default dev eth0"], MASTER);
  await ip(["addr add 10.5.0.1/24 dev eth0", "link set eth0 up", "route add default dev eth0"], DIRECTOR);
  const servers = Array.from({ length: SERVERS }, (_, index) => `-a -t ${VIP}:80 -r 10.9.0.${index + 1}:8080 -m`);
  await mustRun(["ip", "netns", "exec", DIRECTOR, "ipvsadm", "-R"], {
    stdin: [`-A -t ${VIP}:80 -s rr`, ...servers, ""].join("\n"),
  });
  const daemon = ["--start-daemon", "backup", "--mcast-interface", "eth0", "--syncid", String(SYNC_ID)];
  await mustRun(["ip", "netns", "exec", DIRECTOR, "ipvsadm", ...daemon]);
  const script = new URL(import.meta.url).pathname;
  const runtime = [Deno.execPath(), "run", "--allow-all", "--unstable-net", "--no-check", "--no-lock"];
  await mustRun(["ip", "netns", "exec", MASTER, ...runtime, script, "send"]);
  await wait(1000);
}

/** The entries of the table, from the counters of the servers. */
async function counted(): Promise<number> {
  return Number(await mustRun(["ip", "netns", "exec", DIRECTOR, "lvsctl", "connections", "--count"]));
}

/** Commands by turns; the median time of each, and the most memory. */
function measure<Name extends string>(
  commands: Readonly<Record<Name, readonly string[]>>,
): (name: Name) => Pick<Cost, "ms" | "megabytes"> {
  const costs = new Map<string, Cost[]>();
  for (let run = 0; run < RUNS; run++) {
    for (const [name, argv] of Object.entries<readonly string[]>(commands)) {
      costs.set(name, [...costs.get(name) ?? [], costOf(argv, { namespace: DIRECTOR })]);
    }
  }
  return (name) => {
    const all = costs.get(name) ?? [];
    return { ms: median(all.map(({ ms }) => ms)), megabytes: Math.max(...all.map(({ megabytes }) => megabytes)) };
  };
}

function contests(): Contest[] {
  const costs = measure({
    cat: ["cat", "/proc/net/ip_vs_conn"],
    list: ["lvsctl", "connections"],
    dropIn: ["lvsctl", "ipvsadm", "-Lnc"],
    count: ["lvsctl", "connections", "--count"],
    group: ["lvsctl", "connections", "--group-by", "server"],
  });
  const cat = costs("cat").ms;
  const lists = ([["lvsctl connections", "list"], ["ipvsadm -Lnc", "dropIn"]] as const).flatMap(
    ([command, name]): Contest[] => {
      const { ms, megabytes } = costs(name);
      const what = `${command}, ${CONNECTIONS} connections`;
      return [
        { name: `${what}, against cat of the kernel's list`, other: cat, lvsctl: ms, atLeast: LIMITS.list },
        { name: `${what}, memory under the limit`, other: LIMITS.megabytes, lvsctl: megabytes, unit: "MB", atLeast: 1 },
      ];
    },
  );
  const counts = ([["--count", "count"], ["--group-by server", "group"]] as const).map(([option, name]): Contest => ({
    name: `lvsctl connections ${option}, ${CONNECTIONS} connections, under the limit`,
    other: LIMITS.countMs,
    lvsctl: costs(name).ms,
    atLeast: 1,
  }));
  return [...lists, ...counts];
}

if (import.meta.main) {
  if (Deno.args[0] === "send") await send();
  else {
    await using _namespaces = await Namespaces.create([DIRECTOR, MASTER], [
      `link add dev eth0 netns ${DIRECTOR} type veth peer name eth0 netns ${MASTER}`,
    ]);
    await fillTable();
    const found = await counted();
    if (found < 0.99 * CONNECTIONS) throw new Error(`${found} of ${CONNECTIONS} connections are in the table`);
    Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(contests())));
  }
}

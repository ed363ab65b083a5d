/**
 * A connection table with many entries, in the guest: a backup daemon puts them into the table, as they come in messages
 * of a master, from another namespace. Run as a script with a number, this module is that master.
 *
 * @module
 */
import { wait } from "./many_servers.ts";
import { ip, mustRun, Namespaces } from "./namespace.ts";

/** Servers of the connections. */
const SERVERS = 200;

/** The namespace of the table. */
export const DIRECTOR = "director";

/** The namespace of the sender, and its address. */
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

/** Sends connections; in the namespace of the master. */
async function send(connections: number): Promise<void> {
  const socket = Deno.listenDatagram({ transport: "udp", hostname: MASTER_ADDRESS, port: 0 });
  for (let first = 0; first < connections; first += PER_MESSAGE) {
    await socket.send(messageOf(first, Math.min(PER_MESSAGE, connections - first)), GROUP);
    if (first % PER_BURST === 0) await wait(PAUSE_MS);
  }
  socket.close();
}

async function fillTable(connections: number): Promise<void> {
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
  await mustRun(["ip", "netns", "exec", MASTER, ...runtime, script, String(connections)]);
  await wait(1000);
}

/**
 * Creates a namespace whose table has this many connections, nearly all: a message may be lost.
 *
 * @returns Removes them.
 */
export async function createConnections(connections: number): Promise<AsyncDisposable> {
  const namespaces = await Namespaces.create([DIRECTOR, MASTER], [
    `link add dev eth0 netns ${DIRECTOR} type veth peer name eth0 netns ${MASTER}`,
  ]);
  try {
    await fillTable(connections);
  } catch (error) {
    await namespaces[Symbol.asyncDispose]();
    throw error;
  }
  return namespaces;
}

if (import.meta.main) await send(Number(Deno.args[0]));

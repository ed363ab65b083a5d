/**
 * The kernel that the contract tests run on: in memory, or with LVSCTL_TEST_KERNEL=real the one of this machine, which
 * is to be a guest of the lab.
 *
 * @module
 */

import assert from "node:assert/strict";
import { NetlinkSocket } from "../../core/ffi/mod.ts";
import { OPEN_HANDLES } from "../../core/ffi/open_handles.ts";
import { IPVS_GENL_NAME, type IpvsClient } from "../../core/ipvs/mod.ts";
import { type ServiceEntry, sortEntries } from "../../core/model/mod.ts";
import type { Transport } from "../../core/netlink/mod.ts";
import { openIpvs } from "../../core/system/ipvs.ts";
import { MemoryKernel } from "./memory_kernel.ts";
import { expectedProcRows, expectedRules, procRows } from "./outside_view.ts";
import { refusals } from "./refusals.ts";
import { virtualService } from "./samples.ts";

/** A kernel with nothing in its table, and a client of it. */
export interface ContractKernel {
  /** lvsctl's client. */
  readonly client: IpvsClient;
  /** Opens another socket, for requests that the client never makes. The caller closes it. */
  connect(): { readonly transport: Transport; readonly family: number };
  /** The text of /proc/net/ip_vs. */
  procText(): string;
  /** What `ipvsadm -Sn` prints, line by line; `undefined` where the kernel is in memory. */
  rules(): string[] | undefined;
  /** What {@linkcode refusals} finds in a process that has no CAP_NET_ADMIN. */
  refusalsWithoutPermission(): Promise<readonly string[]>;
}

/** Whether the tests run on a real kernel. */
export const IS_REAL_KERNEL: boolean = Deno.env.get("LVSCTL_TEST_KERNEL") === "real";

/** Opens a client of the kernel that the tests run on; without one there is nothing to test. */
export function openKernel(): ContractKernel & Disposable {
  return IS_REAL_KERNEL ? openRealKernel() : openMemoryKernel();
}

function openMemoryKernel(): ContractKernel & Disposable {
  const kernel = new MemoryKernel();
  const client = kernel.openClient();
  return {
    client,
    connect: () => ({ transport: kernel.connect(), family: kernel.family }),
    procText: () => kernel.procText(),
    rules: () => undefined,
    refusalsWithoutPermission: () => {
      kernel.faults.isPermitted = false;
      const found = refusals(client);
      kernel.faults.clear();
      return Promise.resolve(found);
    },
    [Symbol.dispose]: () => {
      client.close();
      assert.equal(kernel.openSockets, 0, "sockets are left open");
    },
  };
}

function openRealKernel(): ContractKernel & Disposable {
  const client = openIpvs();
  return {
    client,
    connect: () => {
      const transport = new NetlinkSocket();
      const family = transport.resolveFamily(IPVS_GENL_NAME);
      if (family === undefined) throw new TypeError("The kernel has no IPVS");
      return { transport, family };
    },
    procText: () => Deno.readTextFileSync("/proc/net/ip_vs"),
    rules: () => {
      const { success, stdout } = new Deno.Command("ipvsadm", { args: ["-Sn"] }).outputSync();
      assert.ok(success, "ipvsadm -Sn fails");
      return new TextDecoder().decode(stdout).split("\n").filter((line) => line !== "").sort();
    },
    refusalsWithoutPermission: async () => {
      const script = new URL("refusals_main.ts", import.meta.url).pathname;
      const { stdout, stderr } = await new Deno.Command("setpriv", {
        args: [
          "--bounding-set=-net_admin",
          "--inh-caps=-net_admin",
          Deno.execPath(),
          "run",
          "-A",
          "--no-check",
          script,
        ],
      }).output();
      assert.equal(new TextDecoder().decode(stderr), "");
      return JSON.parse(new TextDecoder().decode(stdout));
    },
    [Symbol.dispose]: () => {
      client.close();
      assert.equal(OPEN_HANDLES.netlinkSockets + OPEN_HANDLES.optionSockets, 0, "sockets are left open");
    },
  };
}

/** Registers a case that starts and ends with an empty table, no sync daemon and the usual timeouts. */
export function contractTest(name: string, run: (kernel: ContractKernel) => void | Promise<void>): void {
  Deno.test(name, async () => {
    using kernel = openKernel();
    reset(kernel.client);
    try {
      await run(kernel);
    } finally {
      reset(kernel.client);
    }
  });
}

function reset(client: IpvsClient): void {
  client.flush();
  for (const { role } of client.syncDaemons()) client.stopSyncDaemon(role);
  client.setTimeouts({ tcpSeconds: 900, tcpFinSeconds: 120, udpSeconds: 300 });
}

/** Asserts that the table is exactly this: as lvsctl reads it, and as others see it. */
export function assertTable(kernel: ContractKernel, entries: readonly ServiceEntry[]): void {
  assert.deepEqual(sortEntries(kernel.client.readState().services), sortEntries(entries));
  assert.deepEqual(procRows(kernel.procText(), ticksPerSecond(kernel)), expectedProcRows(entries));
  const rules = kernel.rules();
  if (rules !== undefined) assert.deepEqual(rules, expectedRules(entries));
}

let ticks: number | undefined;

/** How many ticks this kernel's clock has, in which /proc/net/ip_vs tells timeouts. It is measured once. */
function ticksPerSecond(kernel: ContractKernel): number {
  ticks ??= measureTicks(kernel);
  return ticks;
}

function measureTicks(kernel: ContractKernel): number {
  const probe = virtualService("fwmark:4294967294", { persistence: { timeoutSeconds: 1, netmask: 0xffffffff } });
  kernel.client.addService(probe);
  const found = Number(/^FWM {2}FFFFFFFE .*persistent (\d+)/m.exec(kernel.procText())?.[1]);
  kernel.client.deleteService(probe.id);
  return found;
}

/** The message of what a call throws. */
export function messageOf(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    assert.ok(error instanceof Error);
    return error.message;
  }
  throw new assert.AssertionError({ message: "nothing was thrown" });
}

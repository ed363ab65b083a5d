import assert from "node:assert/strict";
import { LvsctlError } from "../../../../core/errors/mod.ts";
import type { ModuleLoad } from "../../../../core/host/mod.ts";
import { type FamilySocket, openIpvs } from "../../../../core/system/ipvs.ts";

/** A socket that finds the family from the given look-up on. */
class LookupSocket implements FamilySocket {
  readonly #answers: (number | undefined)[];
  isClosed = false;

  constructor(answers: (number | undefined)[]) {
    this.#answers = answers;
  }

  resolveFamily(name: string): number | undefined {
    assert.equal(name, "IPVS");
    return this.#answers.shift();
  }

  send(): void {}

  receive(): Uint8Array {
    throw new TypeError("Nothing was requested");
  }

  close(): void {
    this.isClosed = true;
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

Deno.test("openIpvs() loads the module only if the kernel has no IPVS yet", () => {
  for (const [answers, loads] of [[[30], []], [[undefined, 30], ["ip_vs"]]] as const) {
    const socket = new LookupSocket([...answers]);
    const loaded: string[] = [];
    const load = (module: string): ModuleLoad => {
      loaded.push(module);
      return { problem: "", output: "" };
    };
    openIpvs({ openSocket: () => socket, load }).close();
    assert.deepEqual([loaded, socket.isClosed], [loads, true]);
  }
});

Deno.test("openIpvs() fails with the kind no-ipvs and modprobe's words, and closes the socket", () => {
  const socket = new LookupSocket([]);
  const load = (): ModuleLoad => ({ problem: "loading its module failed: one; two", output: "one\ntwo\n" });
  assert.throws(
    () => openIpvs({ openSocket: () => socket, load }),
    (error) =>
      error instanceof LvsctlError && error.kind === "no-ipvs" && error.programOutput === "one\ntwo\n" &&
      error.message.startsWith(
        "Cannot talk to the kernel: this kernel has no IPVS, and loading its module failed: one; two; load its module",
      ),
  );
  assert.ok(socket.isClosed);
});

Deno.test("openIpvs() does not advise to load a module that modprobe does not find", () => {
  const output = "modprobe: FATAL: Module ip_vs not found in directory /lib/modules/6.1.0\n";
  const load = (): ModuleLoad => ({ problem: "loading its module failed", output });
  assert.throws(
    () => openIpvs({ openSocket: () => new LookupSocket([]), load }),
    /loading its module failed; install the modules of this kernel; in a container, load ip_vs on the host$/,
  );
});

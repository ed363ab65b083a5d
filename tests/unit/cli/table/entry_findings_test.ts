import assert from "node:assert/strict";
import { lvsctl } from "../../../support/command_line.ts";
import { memoryKernel } from "../../../support/kernel_state.ts";

const WEB = "tcp://192.0.2.10:80";

/** Runs commands on one kernel; the codes of the warnings of each, which must succeed. */
async function codesOf(...lines: readonly string[]): Promise<readonly string[]> {
  const kernel = memoryKernel({});
  const found: string[] = [];
  for (const line of lines) {
    const { code, err } = await lvsctl(line, { kernel });
    assert.equal(code, 0, `${line}: ${err}`);
    const warnings = err.split("\n").filter((each) => each !== "");
    for (const warning of warnings) assert.match(warning, /^lvsctl: warning: \S+: .* \[[a-z-]+\]$/);
    found.push(warnings.map((warning) => /\[([a-z-]+)\]$/.exec(warning)?.[1] ?? "").join(" "));
  }
  return found;
}

Deno.test("commands that add and edit servers warn of what cannot work, and of nothing else", async () => {
  assert.deepEqual(
    await codesOf(
      `service add ${WEB} --scheduler wlc`,
      `server add ${WEB} 10.0.0.11`,
      `server add ${WEB} 127.0.0.1:8080`,
      `server add ${WEB} 10.0.0.11:8080 --forward dr`,
      `server add ${WEB} 127.0.0.2:80 --forward dr`,
      `server edit ${WEB} 10.0.0.11 --weight 0`,
      `server delete ${WEB} 127.0.0.1:8080`,
    ),
    ["", "", "server-loopback", "port-ignored", "", "", ""],
  );
});

Deno.test("commands that add servers warn of one that is another service", async () => {
  assert.deepEqual(
    await codesOf(
      `service add ${WEB} --scheduler wlc`,
      "service add tcp://192.0.2.20:80 --scheduler wlc",
      `server add ${WEB} 192.0.2.20:80`,
      `server add ${WEB} 192.0.2.20:8080`,
      `server add ${WEB} 192.0.2.10:80`,
    ),
    ["", "", "server-is-service", "", ""],
  );
});

Deno.test("commands that give servers weight 0 warn where a hash refuses their clients", async () => {
  assert.deepEqual(
    await codesOf(
      `service add ${WEB} --scheduler sh`,
      `server add ${WEB} 10.0.0.11`,
      `server add ${WEB} 10.0.0.12`,
      `server edit ${WEB} 10.0.0.11 --weight 0`,
      `server edit ${WEB} 10.0.0.11 --weight 1`,
      `server maint ${WEB} 10.0.0.11`,
      `server edit ${WEB} 10.0.0.11 --weight 1`,
      `server weight all 10.0.0.12 0`,
      `server edit ${WEB} 10.0.0.12 --weight 1`,
      `server drain ${WEB} 10.0.0.11 --timeout 0s --then keep --dry-run`,
      `server edit ${WEB} 10.0.0.12 --upper-threshold 9`,
      `service edit ${WEB} --scheduler-flags sh-fallback`,
      `server edit ${WEB} 10.0.0.11 --weight 0`,
    ),
    [
      "",
      "",
      "",
      "hash-refuses",
      "",
      "hash-refuses",
      "",
      "hash-refuses",
      "",
      "hash-refuses",
      "hash-refuses",
      "",
      "",
    ],
  );
});

Deno.test("commands warn when no server of a service takes connections", async () => {
  assert.deepEqual(
    await codesOf(
      `service add ${WEB}`,
      `server add ${WEB} 10.0.0.11`,
      `server edit ${WEB} 10.0.0.11 --weight 0`,
      `service edit ${WEB} --scheduler rr`,
    ),
    ["", "", "weights-zero", "weights-zero"],
  );
});

Deno.test("service add and service edit warn of addresses without clients and of one-packet scheduling by nat", async () => {
  const dns = "udp://192.0.2.10:53";
  assert.deepEqual(
    await codesOf(
      "service add tcp://224.0.0.9:80",
      "server add tcp://224.0.0.9:80 10.0.0.11",
      "service add tcp://127.0.0.1:80",
      `service add ${dns}`,
      `server add ${dns} 10.0.0.11`,
      `service edit ${dns} --one-packet`,
      `server add ${dns} 10.0.0.12`,
      `server add ${dns} 10.0.0.13 --forward dr`,
    ),
    ["listen-unreachable", "", "listen-unreachable", "", "", "one-packet-nat", "one-packet-nat", ""],
  );
});

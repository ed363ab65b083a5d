import assert from "node:assert/strict";
import { Director } from "../director.ts";
import { inNamespace } from "../namespace.ts";
import { DIRECTOR } from "../network.ts";

const WEB = "tcp://192.0.2.10:80";

/** As many lines as a batch of a script may have. */
const COUNT = 1000;

function address(index: number): string {
  return `10.1.${index >> 8}.${index & 255}`;
}

/** Lines that add servers to {@linkcode WEB}. */
function additions(broken?: string): string {
  const lines = Array.from({ length: COUNT }, (_, index) => `server add ${WEB} ${address(index)} --weight 2`);
  if (broken !== undefined) lines[COUNT / 2 - 1] = broken;
  return lines.map((line) => `${line}\n`).join("");
}

/** The rules of {@linkcode additions}. */
const RULES = Array.from({ length: COUNT }, (_, index) => `-a -t 192.0.2.10:80 -r ${address(index)}:80 -m -w 2`);

async function prepare(): Promise<Director> {
  const director = await Director.create();
  // Servers need a route, which a new namespace does not have.
  await inNamespace(DIRECTOR, ["ip", "route", "add", "default", "dev", "lo"]);
  await director.ipvsadm(["-A", "-t", "192.0.2.10:80", "-s", "wlc"]);
  return director;
}

Deno.test("batch adds 1,000 servers as one entry of the history, and undo takes them all away", async () => {
  await using director = await prepare();
  const env = { LVSCTL_STATE_DIR: "/run/lvsctl/batch-test" };
  assert.match(await director.must("batch -", { stdin: additions(), env }), /\n1000 to add, 0 to edit, 0 to delete\n$/);
  assert.deepEqual(await director.rules(), ["-A -t 192.0.2.10:80 -s wlc", ...RULES.toSorted()]);
  const entries = await director.items("history", { key: "entries", env });
  assert.deepEqual(entries.map(({ operation, outcome }) => `${operation} ${outcome}`), ["batch done"]);
  await director.must("undo --yes --drain 0s", { env });
  assert.deepEqual(await director.rules(), ["-A -t 192.0.2.10:80 -s wlc"]);
});

Deno.test("batch whose line 500 fails leaves the table as it was, and names the line", async () => {
  await using director = await prepare();
  await director.ipvsadm(["-a", "-t", "192.0.2.10:80", "-r", "10.9.0.1:80", "-m"]);
  const before = await director.everything();
  const broken: readonly (readonly [string, number, RegExp])[] = [
    [`server add ${WEB} 10.1.0.0`, 1, /\(EEXIST\); .*; nothing was changed$/],
    // Only the kernel refuses this one, when others have been added.
    [`server add ${WEB} 255.255.255.255`, 1, /\(EINVAL\); .*the table is as it was before$/],
    [`server add ${WEB} 10.1.0`, 2, /"10\.1\.0" is not an IP address; .*; nothing was changed$/],
  ];
  for (const [line, code, reason] of broken) {
    const stdin = additions(line);
    await director.refuses("batch -", { code, lines: [new RegExp(`^<stdin>:500: .*${reason.source}`)] }, { stdin });
    assert.equal(await director.everything(), before, line);
  }
  const { code, stderr } = await director.lvsctl("batch - --keep-going", { stdin: additions(broken[1]?.[0]) });
  assert.equal(code, 3);
  assert.match(stderr, /^lvsctl: <stdin>:500: .*\(EINVAL\).*\nlvsctl: 1 line failed\n$/);
  assert.equal((await director.rules()).length, 1 + 1 + COUNT - 1);
});

Deno.test("batch of ensured lines reports changes the first time only, as a loop of Ansible needs it", async () => {
  await using director = await prepare();
  const stdin = `# twice
service add fwmark:1 --scheduler rr --ensure
server add fwmark:1 10.0.0.1 --weight 3 --ensure
server delete ${WEB} 10.0.0.9 --ensure
`;
  const changes = async (): Promise<unknown> => {
    const { changes } = await director.json("batch - --json", { stdin }) as { readonly changes: readonly unknown[] };
    return changes.length;
  };
  assert.deepEqual([await changes(), await changes()], [2, 0]);
  assert.deepEqual((await director.rules()).filter((rule) => rule.includes("-f 1")), [
    "-A -f 1 -s rr",
    "-a -f 1 -r 10.0.0.1:0 -m -w 3",
  ]);
});

Deno.test("batch that takes something away needs --yes without a terminal", async () => {
  await using director = await prepare();
  const stdin = `service delete ${WEB}\n`;
  await director.refuses("batch -", { code: 2, lines: [/^Cannot run the batch: it deletes .*; add --yes to do it$/] }, {
    stdin,
  });
  await director.must("batch - --yes", { stdin });
  assert.deepEqual(await director.rules(), []);
});

Deno.test("batch warns of its lines, and names the first of a thousand that have the same mistake", async () => {
  await using director = await prepare();
  const stdin = additions().replaceAll(" --weight 2", ":81 --forward dr");
  const { code, stderr } = await director.lvsctl("batch -", { stdin });
  assert.equal(code, 0, stderr);
  const warning = "dr does not change the port: 10.1.0.0:81 gets connections at port 80 [port-ignored]";
  const lines = stderr.trimEnd().split("\n");
  assert.deepEqual([lines.length, lines[0]], [6, `lvsctl: <stdin>:1: warning: ${WEB}: ${warning}`]);
  assert.equal(lines[5], "lvsctl: <stdin>: 995 more warnings [port-ignored], up to line 1000");
});

/**
 * `--rehearse` makes the changes of a plan in a network namespace of their own: the kernel says what it refuses, and the
 * director's table, interfaces and connections stay as they are.
 *
 * @module
 */
import assert from "node:assert/strict";
import { Director } from "../director.ts";
import { ip } from "../namespace.ts";
import { DIRECTOR } from "../network.ts";

const WEB = "tcp://192.0.2.10:80";

/** A director with a table, one server of which is its own address. */
async function createDirector(): Promise<Director> {
  const director = await Director.create();
  await ip(["route replace default dev lo", "address add 10.0.0.1/32 dev lo"], DIRECTOR);
  await director.must(`service add ${WEB} --scheduler sh --scheduler-flags sh-fallback --persistent 5m`);
  await director.must(`server add ${WEB} 10.0.0.1:80 --forward dr`);
  await director.must(`server add ${WEB} 10.0.0.12:8080 --forward nat --weight 0`);
  await director.must("service add fwmark6:5 --scheduler mh");
  await director.must("server add fwmark6:5 [fd00::11]:0 --forward dr");
  return director;
}

/** What a command prints that succeeds; it may warn. */
async function printed(director: Director, words: string, input: { readonly stdin: string }): Promise<string> {
  const { code, stdout, stderr } = await director.lvsctl(words, input);
  assert.equal(code, 0, stderr);
  return stdout;
}

/** The number of network namespaces in the guest. */
async function namespaces(director: Director): Promise<number> {
  const { code, stdout } = await director.run(["lsns", "--type", "net", "--noheadings"]);
  assert.equal(code, 0);
  return stdout.trim().split("\n").length;
}

function file(
  services: readonly unknown[],
  others: Readonly<Record<string, unknown>> = {},
): { readonly stdin: string } {
  return { stdin: JSON.stringify({ version: 1, ...others, services }) };
}

/** Changes a service of the table, and adds services with all that the kernel knows. */
const ACCEPTED = [
  { listen: WEB, scheduler: "mh", servers: [{ address: "10.0.0.1:80", forward: "dr", weight: 7 }, "10.0.0.13:8080"] },
  {
    listen: "udp://192.0.2.10:53",
    scheduler: "rr",
    one_packet: true,
    servers: [{ address: "10.0.0.11:53", upper_threshold: 10, lower_threshold: 5 }],
  },
  {
    listen: "tcp://[2001:db8::10]:443",
    scheduler: "wrr",
    persistence: { timeout: "5m", netmask: "64" },
    servers: [
      { address: "[fd00::11]:443", forward: "dr" },
      { address: "10.0.0.14:443", forward: "tun", tunnel: { type: "gue", port: 6080 } },
    ],
  },
];

/** A scheduler that no kernel has, and an address that no server can have. */
const REFUSED = [
  { listen: WEB, scheduler: "nope", servers: ["10.0.0.13:8080"] },
  { listen: "tcp://192.0.2.10:81", scheduler: "nope", servers: ["10.0.0.13:8080", "10.0.0.14:8080"] },
  { listen: "tcp://192.0.2.10:82", scheduler: "rr", servers: ["224.0.0.1:80", "10.0.0.14:80"] },
];

Deno.test("plan and apply --rehearse accept what the kernel accepts, and change nothing", async () => {
  await using director = await createDirector();
  const [table, count] = [director.proc(), await namespaces(director)];
  for (const command of ["plan", "apply"]) {
    for (const options of ["", " --prune"]) {
      const out = await printed(director, `${command} - --rehearse${options}`, file(ACCEPTED));
      assert.match(out, /\nRehearsed \d+ changes in a network namespace: the kernel accepts them\n$/);
      assert.equal(director.proc(), table, command);
    }
  }
  assert.equal(await namespaces(director), count, "no namespace is left");
  await printed(director, "apply - --yes", file(ACCEPTED));
  assert.match(
    await printed(director, "plan - --rehearse", file(ACCEPTED)),
    /^Nothing to change\nRehearsed 0 changes in a network namespace: the kernel accepts them\n$/,
  );
});

Deno.test("plan and apply --rehearse list all that the kernel refuses, and exit with 1", async () => {
  await using director = await createDirector();
  const table = director.proc();
  for (const command of ["plan", "apply"]) {
    const { code, stdout } = await director.lvsctl(`${command} - --rehearse --json`, file(REFUSED));
    assert.equal(code, 1);
    const { rehearsal } = JSON.parse(stdout);
    const refusals = rehearsal.refusals as readonly Readonly<Record<string, string>>[];
    assert.deepEqual(refusals.map(({ operation, object, errno }) => `${operation} ${object} ${errno}`), [
      `edit virtual service ${WEB} ENOENT`,
      "add virtual service tcp://192.0.2.10:81 ENOENT",
      "add real server 224.0.0.1:80 of tcp://192.0.2.10:82 EINVAL",
    ]);
    assert.equal(director.proc(), table, command);
  }
});

Deno.test("--rehearse says that it does not try sync daemons and VIPs", async () => {
  await using director = await createDirector();
  const table = director.proc();
  const out = await printed(
    director,
    "apply - --rehearse",
    file([], {
      sync_daemons: [{ role: "master", interface: "lo", sync_id: 1 }],
      vips: [{ address: "192.0.2.10", device: "lo" }],
    }),
  );
  assert.match(out, /\nNot rehearsed: 2 changes of sync daemons, VIPs and uncopied services\n$/);
  assert.equal(director.proc(), table);
  assert.doesNotMatch((await director.run(["ip", "address"])).stdout, /192\.0\.2\.10/);
  assert.equal((await director.must("sync status")).includes("master"), false);
});

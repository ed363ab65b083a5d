import assert from "node:assert/strict";
import { formatServiceId } from "../../../core/model/mod.ts";
import { openIpvs } from "../../../core/system/ipvs.ts";
import { BackgroundProcess } from "../background_process.ts";
import { AS_NOBODY, Director, lines } from "../director.ts";
import { mustRun } from "../namespace.ts";

const AS_BEFORE = /; the table is as it was before$/;

/** A file with these services, each a line of YAML. */
function file(...services: readonly string[]): string {
  return ["version: 1", "services:", ...services.map((service) => `  - { ${service} }`), ""].join("\n");
}

/** Firewall marks from 1 on, each with servers of a weight. */
function marks(count: number, weight: number, servers = 5): readonly string[] {
  const list = Array.from({ length: servers }, (_, index) => `{ address: 10.0.0.${index + 1}, weight: ${weight} }`);
  return Array.from({ length: count }, (_, index) => `listen: "fwmark:${index + 1}", servers: [${list.join(", ")}]`);
}

/** The services and servers that such a file makes, as ipvsadm saves them. */
function rulesOf(count: number, weight: number, servers = 5): readonly string[] {
  return Array.from({ length: count }, (_, index) => index + 1).flatMap((mark) => [
    `-A -f ${mark} -s wlc`,
    ...Array.from({ length: servers }, (_, at) => `-a -f ${mark} -r 10.0.0.${at + 1}:0 -m -w ${weight}`),
  ]).sort();
}

Deno.test("an apply of which the kernel refuses one step, whichever, leaves the table exactly as it was", async () => {
  await using director = await Director.create();
  await director.must("apply -", { stdin: file(...marks(5, 1, 3), 'listen: "fwmark:90", servers: [10.0.0.9]') });
  const before = await director.everything();
  const services = (at: number): string[] => {
    const wanted = [...marks(5, 2, 2), 'listen: "fwmark:80", servers: [10.0.0.8]'];
    // No server can have this address; the service that it is for is there already, or is to be added.
    return wanted.map((service, index) =>
      index === at ? service.replace("servers: [", "servers: [255.255.255.255, ") : service
    );
  };
  for (let at = 0; at < 6; at++) {
    await director.refuses("apply - --prune --yes", {
      code: 1,
      lines: [
        /^Cannot add real server 255\.255\.255\.255:0 of fwmark:\d+: .* \(EINVAL\); .*the table is as it was before$/,
      ],
    }, { stdin: file(...services(at)) });
    assert.equal(await director.everything(), before, `step ${at}`);
  }
  const last = await director.items("history -n 1", { key: "entries" });
  assert.equal(last[0]?.["outcome"], "undone");
  assert.match(String(last[0]?.["message"]), AS_BEFORE);
});

Deno.test("an apply that is killed at any moment is repaired by the next one, which warns of it", async () => {
  await using director = await Director.create();
  const [count, servers] = [400, 10];
  await Deno.writeTextFile("/tmp/one.yaml", file(...marks(count, 1, servers)));
  await Deno.writeTextFile("/tmp/two.yaml", file(...marks(count / 2, 2, servers - 3)));
  const expected = { one: rulesOf(count, 1, servers), two: rulesOf(count / 2, 2, servers - 3) };
  let left = 0;
  for (let kill = 0; kill < 6; kill++) {
    const name = kill % 2 === 0 ? "one" : "two";
    const apply = director.start(`apply /tmp/${name}.yaml --yes --prune --drain 0s`);
    // Any moment will do: of starting, reading, changing and verifying.
    await new Promise((resolve) => setTimeout(resolve, 150 + kill * 170));
    apply.signal("SIGKILL");
    await apply.finished();
    const rules = await director.rules();
    const [was, is] = name === "one" ? [expected.two, expected.one] : [expected.one, expected.two];
    if (rules.length > 0 && rules.join() !== was.join() && rules.join() !== is.join()) left++;
    const repair = await director.lvsctl(`apply /tmp/${name}.yaml --yes --prune --drain 0s`);
    assert.equal(repair.code, 0);
    assert.match(repair.stderr, /^(lvsctl: warning: lvsctl apply .* was killed before it ended, .*\n)?$/);
    assert.deepEqual(await director.rules(), is, `kill ${kill}`);
    assert.match(await director.must(`plan /tmp/${name}.yaml --prune`), /^Nothing to change\n/);
  }
  const entries = await director.items("history -n 100", { key: "entries" });
  const begun = entries.filter(({ outcome }) => outcome === "begun").length;
  assert.ok(begun >= left, `${begun} did not end, and ${left} left something half done`);
});

Deno.test("apply works while another program changes other services, and never half where it changes the same", async () => {
  await using director = await Director.create();
  const count = 30;
  for (let round = 1; round <= 4; round++) {
    const other = director.startProgram([
      "busybox",
      "sh",
      "-c",
      "while :; do ipvsadm -A -f 999 -s rr; ipvsadm -a -f 999 -r 10.9.9.9 -m; ipvsadm -D -f 999; done",
    ]);
    await director.must("apply - --drain 0s", { stdin: file(...marks(count, round)) });
    // ipvsadm reads a table wrongly while it changes.
    await other.stop();
    await director.run(["ipvsadm", "-D", "-f", "999"]);
    assert.deepEqual(await director.rules(), rulesOf(count, round));
  }
  const same = director.startProgram([
    "busybox",
    "sh",
    "-c",
    "while :; do ipvsadm -e -f 1 -r 10.0.0.1 -m -w 77; ipvsadm -e -f 1 -r 10.0.0.1 -m -w 78; done",
  ]);
  for (let round = 5; round <= 8; round++) {
    const { code, stderr } = await director.lvsctl("apply - --drain 0s", { stdin: file(...marks(count, round)) });
    if (code !== 0) {
      assert.ok(code === 1 || code === 3, stderr);
      assert.match(stderr, /^lvsctl: Cannot verify the table: .*fwmark:1\/10\.0\.0\.1:0\/weight: 7[78], not \d; .*\n$/);
      assert.match(
        stderr,
        code === 1 ? /; the table is as it was before\n$/ : /; (it was undone, but still to do is|undoing failed)/,
      );
    }
    // All but the contested one is as one of the files says.
    const weights = new Set(
      (await director.rules()).filter((rule) => / -w (?!7[78])/.test(rule)).map((rule) => rule.split(" -w ")[1]),
    );
    assert.equal(weights.size, 1, [...weights].join());
  }
  await same.stop();
  await director.must("apply -", { stdin: file(...marks(count, 9)) });
  assert.deepEqual(await director.rules(), rulesOf(count, 9));
});

Deno.test("a large table is read whole while another program adds and deletes a service that the kernel lists first", async () => {
  // In the guest's own namespace, and in this process: one reading in thirty goes wrong if the kernel's parts are joined.
  const rules = Array.from({ length: 600 }, (_, index) => `-A -f ${index + 1} -s rr`);
  await mustRun(["ipvsadm", "-R"], { stdin: rules.join("\n") });
  const other = BackgroundProcess.start([
    "busybox",
    "sh",
    "-c",
    "while :; do ipvsadm -A -t 10.9.9.9:80 -s rr; ipvsadm -D -t 10.9.9.9:80; done",
  ]);
  using client = openIpvs();
  for (let reading = 1; reading <= 300; reading++) {
    const marks = client.services().filter(({ id }) => formatServiceId(id).startsWith("fwmark:"));
    assert.equal(marks.length, rules.length, `reading ${reading}`);
  }
  await other.stop();
  client.flush();
});

Deno.test("plan, apply and undo without permission say so in one line and change nothing", async () => {
  await using director = await Director.create();
  await director.must("apply -", { stdin: file(...marks(2, 1)) });
  const through = AS_NOBODY;
  const stdin = file(...marks(3, 2));
  const denied = /permission denied \(EPERM\); run lvsctl as root \(it needs CAP_NET_ADMIN\)$/;
  for (const words of ["plan -", "apply -", "restore -", "apply - --dry-run"]) {
    await director.refuses(words, { code: 1, lines: [denied] }, { stdin, through });
  }
  for (const words of ["undo", "history"]) {
    await director.refuses(words, {
      code: 1,
      lines: [/^Cannot read the journal in \S+: Permission denied \(EACCES\); run as root$/],
    }, { through });
  }
});

/** Mounts a small file system, and fills it as far as it is told to. */
async function smallDisk(
  path: string,
  options: { readonly kilobytes: number; readonly filled: number },
): Promise<void> {
  await Deno.mkdir(path);
  await mustRun(["mount", "-t", "tmpfs", "-o", `size=${options.kilobytes}k`, "none", path]);
  if (options.filled > 0) await Deno.writeFile(`${path}/filler`, new Uint8Array(options.filled * 1024));
}

Deno.test("a full or read-only disk for journal and lock is told, and the table is as desired all the same", async () => {
  await using director = await Director.create();
  await smallDisk("/tmp/full", { kilobytes: 16, filled: 16 });
  await smallDisk("/tmp/nearly", { kilobytes: 24, filled: 0 });
  await Deno.mkdir("/tmp/read-only");
  await mustRun(["mount", "-t", "tmpfs", "-o", "ro", "none", "/tmp/read-only"]);
  const warned = (stderr: string, pattern: RegExp): void => {
    const told = lines(stderr);
    assert.equal(told.length, 1, stderr);
    assert.match(told[0] ?? "", pattern);
  };
  let weight = 1;
  for (
    const [environment, pattern] of [
      [
        { LVSCTL_STATE_DIR: "/tmp/full/state" },
        /^lvsctl: warning: Cannot write the journal in \/tmp\/full\/state: .*\(ENOSPC\); /,
      ],
      [{ LVSCTL_STATE_DIR: "/tmp/read-only/state" }, /^lvsctl: warning: Cannot write the journal in .*\(EROFS\); /],
      [
        { LVSCTL_RUN_DIR: "/tmp/read-only/run" },
        /^lvsctl: warning: Cannot lock the table with .*\(EROFS\); another lvsctl may change /,
      ],
    ] as const
  ) {
    weight++;
    const { code, stderr } = await director.lvsctl("apply -", { stdin: file(...marks(20, weight)), env: environment });
    assert.equal(code, 0, stderr);
    warned(stderr, pattern);
    assert.deepEqual(await director.rules(), rulesOf(20, weight));
    const edit = await director.lvsctl("server edit fwmark:1 10.0.0.1:0 --weight 50", { env: environment });
    assert.equal(edit.code, 0, edit.stderr);
    warned(edit.stderr, pattern);
  }
  // A lock needs no room: the file is there, and its content is only for messages.
  await Deno.mkdir("/tmp/full/run").catch(() => {});
  const env = { LVSCTL_STATE_DIR: "/tmp/nearly/state" };
  let warnings = 0;
  for (let round = 0; round < 12; round++) {
    weight++;
    const { code, stderr } = await director.lvsctl("apply -", { stdin: file(...marks(60, weight)), env });
    assert.equal(code, 0, stderr);
    if (stderr !== "") {
      warnings++;
      warned(
        stderr,
        /^lvsctl: warning: Cannot write the journal in \/tmp\/nearly\/state: .*; (lvsctl undo cannot undo this change|the table is changed anyway)$/,
      );
    }
    assert.deepEqual(await director.rules(), rulesOf(60, weight));
  }
  assert.ok(warnings > 0, "the disk was never full");
  // What could be written can be read, and nothing of it is half.
  const entries = await director.items("history", { key: "entries", env });
  assert.ok(entries.length > 0);
  for (const { name, isFile } of Deno.readDirSync("/tmp/nearly/state/undo")) {
    if (isFile) JSON.parse(await Deno.readTextFile(`/tmp/nearly/state/undo/${name}`));
  }
});

Deno.test("apply waits for whoever has the table, and names the process if it takes too long", async () => {
  await using director = await Director.create();
  await director.must("apply -", { stdin: file(...marks(1, 1)) });
  const holder = director.start("server drain fwmark:1 10.0.0.1:0 --timeout 0s");
  assert.equal(await holder.finished(), 0);
  const namespace = (await director.run(["stat", "-Lc", "%i", "/proc/self/ns/net"])).stdout.trim();
  const lock = director.startProgram([
    "flock",
    "--no-fork",
    `/run/lvsctl/table-${namespace}.lock`,
    "sh",
    "-c",
    `echo "4711 apply other.yaml" >/run/lvsctl/table-${namespace}.lock; echo held; exec sleep 100`,
  ]);
  await lock.untilOutput(/^held\n/);
  await director.refuses("apply - --lock-timeout 200ms", {
    code: 1,
    lines: [
      'Cannot lock the table: another lvsctl, process 4711 ("apply other.yaml"), is changing it (EWOULDBLOCK); ' +
      "it did not finish within 200ms; try again later",
    ],
  }, { stdin: file(...marks(1, 7)) });
  const waiting = director.lvsctl("apply - --lock-timeout 30s", { stdin: file(...marks(1, 8)) });
  await lock.stop();
  const { code, stderr } = await waiting;
  assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
  assert.deepEqual(await director.rules(), rulesOf(1, 8));
});

import assert from "node:assert/strict";
import { Director, until } from "../director.ts";
import { mustRun } from "../namespace.ts";
import { CLIENT, createNatNetwork } from "../network.ts";

/** A file with these services, each a line of YAML. */
function file(...services: readonly string[]): string {
  return ["version: 1", "services:", ...services.map((service) => `  - { ${service} }`), ""].join("\n");
}

Deno.test("apply lets the connections of a server that goes end, as long as it is told to, and tells what it does", async () => {
  await using network = await createNatNetwork({ servers: 2 });
  await using director = await Director.of(network);
  const [r1, r2] = network.servers.map(({ ipv4 }) => `${ipv4}:8080`);
  const listen = `listen: "tcp://${network.vip.ipv4}:80", scheduler: rr`;
  const name = `tcp://${network.vip.ipv4}:80`;
  await director.must("apply -", { stdin: file(`${listen}, servers: ["${r1}"]`) });
  // A connection on which nothing is asked yet: its input never ends.
  await mustRun(["busybox", "mkfifo", "/tmp/silence"]);
  const hold = `exec busybox nc ${network.vip.ipv4} 80 <>/tmp/silence`;
  const held = network.start(CLIENT, ["busybox", "sh", "-c", hold]);
  await until(() => director.rows().some((row) => row.endsWith(" Masq 1 1 0")), {
    withinMs: 10_000,
    what: "the connection is active",
    state: () => director.proc(),
  });
  const began = performance.now();
  const out = await director.must("apply - --drain 3s", { stdin: file(`${listen}, servers: ["${r2}"]`) });
  assert.ok(performance.now() - began >= 3000, "it did not wait");
  assert.deepEqual(out.split("\n"), [
    `+ add real server ${r2} of ${name}: nat, weight 1`,
    `~ edit real server ${r1} of ${name}: weight 1 -> 0`,
    `- delete real server ${r1} of ${name}`,
    "1 to add, 1 to edit, 1 to delete",
    "",
  ]);
  await held.stop();
  assert.deepEqual(await director.rules(), [
    `-A -t ${network.vip.ipv4}:80 -s rr`,
    `-a -t ${network.vip.ipv4}:80 -r ${r2} -m -w 1`,
  ]);
});

const WEB = "-t 192.0.2.10:80";

/** What rules can hold, in every kind. */
const RULES = [
  `-A ${WEB} -s wlc -p 300 -M 255.255.255.0`,
  `-a ${WEB} -r 10.0.0.11:8080 -m -w 0`,
  `-a ${WEB} -r 10.0.0.12:8080 -m -w 2147483647 -x 1000 -y 800`,
  "-A -t 192.0.2.10:443 -s sh -b sh-fallback,sh-port",
  "-a -t 192.0.2.10:443 -r 10.0.0.22:443 -i --tun-type gue --tun-port 6080 --tun-csum",
  "-a -t 192.0.2.10:443 -r [2001:db8:1::27]:443 -i",
  "-A -t [2001:db8::11]:80 -s mh -b mh-fallback -p 360 -M 64",
  "-a -t [2001:db8::11]:80 -r [2001:db8:1::11]:8080 -m -w 3 -x 2147483647 -y 2147483647",
  "-A -u 192.0.2.12:5060 -s rr -p 300 --pe sip -o",
  "-A --sctp-service 192.0.2.13:9 -s lc",
  "-A -f 4294967295 -6 -s sed",
];

Deno.test("save --format rules holds a whole table, which restore and ipvsadm bring back alike", async () => {
  await using director = await Director.create();
  await director.load(RULES);
  const [before, rules] = [await director.everything(), await director.must("save --format rules")];
  assert.equal(await director.must("restore - --dry-run", { stdin: rules }), "Nothing to change\n");
  // And what ipvsadm saves is read, too: with names and all, but for the thresholds that it leaves out.
  const theirs = await director.ipvsadm(["--save", "--numeric"]);
  const { changes } = await director.json("restore - --dry-run", {
    stdin: theirs.replace("-f -1 ", "-f 4294967295 "),
  }) as {
    readonly changes: readonly { readonly description: string }[];
  };
  assert.deepEqual(changes.map(({ description }) => description), [
    "edit real server 10.0.0.12:8080 of tcp://192.0.2.10:80",
    "edit real server [2001:db8:1::11]:8080 of tcp://[2001:db8::11]:80",
  ]);
  // With services in another namespace, the kernel would leave some out of /proc/net/ip_vs.
  await director.ipvsadm(["--clear"]);
  for (const command of ["lvsctl", "ipvsadm"]) {
    await using other = await Director.create(`other-${command}`);
    await other.load([`-A ${WEB} -s rr`, `-a ${WEB} -r 10.0.0.99:80 -g`]);
    if (command === "lvsctl") await other.must("restore -", { stdin: rules });
    else {
      await other.ipvsadm(["--clear"]);
      await other.ipvsadm(["--restore"], { stdin: rules });
    }
    assert.equal(await other.everything(), before, command);
  }
});

Deno.test("undo brings the table back exactly, and history tells of it", async () => {
  await using director = await Director.create();
  // A namespace may get the number of an earlier test's, whose journal is not this one's business.
  const env = { LVSCTL_STATE_DIR: "/run/lvsctl/undo-test" };
  await director.load(RULES);
  await director.ipvsadm(["--set", "900", "120", "300"]);
  const first = await director.everything();
  const desired = `timeouts: { tcp: 1m }\n${
    file('listen: "tcp://192.0.2.10:80", servers: [10.0.0.13:80]', 'listen: "fwmark:5", servers: [10.0.0.13]')
  }`;
  await director.must("apply - --prune --yes", { stdin: desired, env });
  const second = await director.everything();
  await director.must("restore - --yes", { stdin: file('listen: "fwmark:6"'), env });
  await director.must("undo --yes", { env });
  assert.equal(await director.everything(), second);
  await director.must("undo --yes", { env });
  assert.equal(await director.everything(), first);
  const { code, stderr } = await director.lvsctl("undo", { env });
  assert.deepEqual([code, stderr.split(";")[0]], [1, "lvsctl: there is no apply, restore or batch to undo"]);
  const entries = await director.items("history -n 4", { key: "entries", env });
  assert.deepEqual(entries.map(({ operation, outcome }) => `${operation} ${outcome}`), [
    "apply done",
    "restore done",
    "undo done",
    "undo done",
  ]);
});

Deno.test("apply twice at the same time: one after the other, and the table is what one of the files says", async () => {
  await using director = await Director.create();
  const files = [1, 2].map((weight) =>
    file(
      ...Array.from({ length: 100 }, (_, index) =>
        `listen: "fwmark:${index + 1}", servers: [{ address: 10.0.0.${weight}, weight: ${weight} }]`),
    )
  );
  const expected: string[] = [];
  for (const stdin of files) {
    await director.must("apply - --prune --yes", { stdin });
    expected.push((await director.rules()).join("\n"));
  }
  for (let round = 0; round < 2; round++) {
    const results = await Promise.all(
      [0, 1, 0, 1].map((which) => director.lvsctl("apply - --lock-timeout 1m", { stdin: files[which] ?? "" })),
    );
    assert.deepEqual(results.map(({ code, stderr }) => ({ code, stderr })), Array(4).fill({ code: 0, stderr: "" }));
    assert.ok(expected.includes((await director.rules()).join("\n")));
  }
});

import assert from "node:assert/strict";
import { parseConfig } from "../../../../core/config/mod.ts";
import { lvsctl } from "../../../support/command_line.ts";
import { FixtureTree } from "../../../support/fixture_tree.ts";

const RULES = `# saved
-A -t 192.0.2.10:80 -s wlc -p 300 -M 255.255.255.0
-a -t 192.0.2.10:80 -r 10.0.0.11:8080 -m -w 3 -x 100 -y 50
-a -t 192.0.2.10:80 -r 10.0.0.12:80 -i --tun-type gue --tun-port 6080
-A -u [2001:db8::1]:53 -s sh -b sh-port -o
-a -u [2001:db8::1]:53 -r [2001:db8:1::2]:53 -g
-A -f 7 -s rr
--set 900 0 300
`;

/** What cannot work in the rules, at the place of the rule. */
const EMPTY_SERVICE = "lvsctl: <stdin>:7:1: warning: the service has no servers: every connection fails [no-servers]\n";

Deno.test("import ipvsadm makes a file of rules that describes the same table, with a comment for each rule", async () => {
  const { code, out, err } = await lvsctl("import ipvsadm -", { stdin: RULES });
  assert.deepEqual([code, err], [0, EMPTY_SERVICE]);
  assert.equal(
    out,
    `# Converted from <stdin> by "lvsctl import ipvsadm"; comments name the source of each line.
version: 1
timeouts: { tcp: 15m, udp: 5m }
services:
  # <stdin>:2 -A -t 192.0.2.10:80 -s wlc -p 300 -M 255.255.255.0
  - listen: tcp://192.0.2.10:80
    scheduler: wlc
    persistence: { timeout: 5m, netmask: 255.255.255.0 }
    servers:
      # <stdin>:3 -a -t 192.0.2.10:80 -r 10.0.0.11:8080 -m -w 3 -x 100 -y 50
      - { address: 10.0.0.11:8080, weight: 3, forward: nat, upper_threshold: 100, lower_threshold: 50 }
      # <stdin>:4 -a -t 192.0.2.10:80 -r 10.0.0.12:80 -i --tun-type gue --tun-port 6080
      - { address: 10.0.0.12:80, forward: tun, tunnel: { type: gue, port: 6080 } }
  # <stdin>:5 -A -u [2001:db8::1]:53 -s sh -b sh-port -o
  - listen: "udp://[2001:db8::1]:53"
    scheduler: sh
    scheduler_flags: [sh-port]
    forward: dr
    one_packet: true
    servers:
      - "[2001:db8:1::2]:53" # <stdin>:6 -a -u [2001:db8::1]:53 -r [2001:db8:1::2]:53 -g
  # <stdin>:7 -A -f 7 -s rr
  - listen: fwmark:7
    scheduler: rr
`,
  );
  const { services, timeouts } = await parseConfig(out, { file: "-" });
  assert.deepEqual(timeouts, { tcpSeconds: 900, tcpFinSeconds: 0, udpSeconds: 300 });
  assert.equal(services.length, 3);
});

Deno.test("import ipvsadm leaves out the rules that ipvsadm would refuse, names them, and ends with 3", async () => {
  const rules = [
    "-A -t 192.0.2.10:80 -s rr",
    "-a -t 192.0.2.10:80 -r name.invalid:80 -m",
    "-a -t 192.0.2.11:80 -r 10.0.0.1:80 -m",
    "-a -t 192.0.2.10:80 -r 10.0.0.1:80 -m -w much",
    "-a -t 192.0.2.10:80 -r 10.0.0.2:80 -m",
  ];
  const { code, out, err } = await lvsctl("import ipvsadm -", { stdin: `${rules.join("\n")}\n` });
  assert.equal(code, 3);
  const { services } = await parseConfig(out, { file: "-" });
  assert.deepEqual(services.map(({ servers }) => servers.map(({ address }) => address)), [["10.0.0.2"]]);
  assert.deepEqual(err.split("\n").slice(0, -2), [
    `lvsctl: <stdin>:2:1: ${
      rules[1]
    }: illegal real server address[:port] specified: Cannot resolve "name.invalid" to an ` +
    "IPv4 address",
    `lvsctl: <stdin>:3:1: ${
      rules[2]
    }: cannot add real server 10.0.0.1:80 of tcp://192.0.2.11:80: no earlier rule adds its ` +
    "service",
    `lvsctl: <stdin>:4:1: ${rules[3]}: illegal weight specified: "much"`,
  ]);
});

Deno.test("import ipvsadm refuses a file without a valid rule of a service", async () => {
  const wrong = await lvsctl("import ipvsadm -", { stdin: "-A -t 192.0.2.10:80x\n" });
  assert.deepEqual([wrong.code, wrong.out], [2, ""]);
  assert.match(wrong.err, /^lvsctl: <stdin>:1:1: illegal virtual server .*: "80x" is neither a port nor a service of/);
  for (const stdin of ["", "# nothing\n"]) {
    assert.deepEqual(await lvsctl("import ipvsadm -", { stdin }), {
      code: 2,
      out: "",
      err: "lvsctl: Cannot import <stdin>: it has no virtual service; check the file and the program in the command\n",
    });
  }
});

Deno.test("import --output writes a new file, and replaces one only if it is told to", async () => {
  using tree = new FixtureTree({ "there.yaml": "old\n" });
  const line = (path: string): string => `import ipvsadm - --output ${tree.root}/${path}`;
  assert.deepEqual(await lvsctl(line("new.yaml"), { stdin: RULES }), { code: 0, out: "", err: EMPTY_SERVICE });
  assert.equal((Deno.statSync(`${tree.root}/new.yaml`).mode ?? 0) & 0o777, 0o600);
  const refused = await lvsctl(line("there.yaml"), { stdin: RULES });
  assert.equal(refused.code, 2);
  assert.match(refused.err, /replace it with --force/);
  assert.equal(tree.read("there.yaml"), "old\n");
  assert.equal((await lvsctl(`${line("there.yaml")} --force`, { stdin: RULES })).code, 0);
  assert.equal(tree.read("there.yaml"), tree.read("new.yaml"));
});

Deno.test("import --json prints the text and what has no counterpart", async () => {
  const { code, out } = await lvsctl("import ipvsadm - --json", { stdin: RULES });
  const { text, unmapped, findings, ...others } = JSON.parse(out);
  assert.deepEqual([code, unmapped, others], [0, [], { version: 2 }]);
  assert.deepEqual(findings, [{
    file: "<stdin>",
    line: 7,
    column: 1,
    code: "no-servers",
    message: "the service has no servers: every connection fails",
  }]);
  assert.match(text, /^# Converted from <stdin>/);
});

const LDIRECTORD = `autoreload=yes
virtual=192.0.2.10:80
\treal=10.0.0.11:80 gate
\tchecktype=connect
`;

const LOST = "/ldirectord.cf:1:1: autoreload = yes: lvsctl run reloads its file on request: lvsctl reload, or SIGHUP";

Deno.test("import ldirectord writes the file, reports the rest on standard error, and exits with 3", async () => {
  using tree = new FixtureTree({ "ldirectord.cf": LDIRECTORD });
  const { code, out, err } = await lvsctl(`import ldirectord ${tree.root}/ldirectord.cf`);
  assert.equal(code, 3);
  assert.match(out, /^# Converted from .*\/ldirectord\.cf by "lvsctl import ldirectord"/);
  assert.match(out, /^ {2}# ldirectord\.cf:2 virtual = 192\.0\.2\.10:80$/m);
  assert.equal(
    err,
    `lvsctl: ${tree.root}${LOST}
lvsctl: Cannot import all of ${tree.root}/ldirectord.cf: no counterpart: 1 thing, named above
`,
  );
  assert.equal((await lvsctl("config check -", { stdin: out })).code, 0);
});

Deno.test("import --json reports what has no counterpart with its place, and writes the file all the same", async () => {
  using tree = new FixtureTree({ "ldirectord.cf": LDIRECTORD });
  const { code, out } = await lvsctl(
    `import ldirectord ${tree.root}/ldirectord.cf --json --output ${tree.root}/new.yaml`,
  );
  assert.equal(code, 3);
  assert.deepEqual(JSON.parse(out), {
    version: 2,
    text: null,
    unmapped: [{
      file: `${tree.root}/ldirectord.cf`,
      line: 1,
      column: 1,
      directive: "autoreload = yes",
      reason: "lvsctl run reloads its file on request: lvsctl reload, or SIGHUP",
    }],
    findings: [],
  });
  assert.match(tree.read("new.yaml"), /^version: 1$/m);
});

Deno.test("import names what cannot work at its place in the imported file", async () => {
  const stdin = `virtual_server 192.0.2.10 80 {
  lb_algo sh
  lb_kind NAT
  sorry_server 127.0.0.1 8080
  real_server 10.0.0.11 80 {
    inhibit_on_failure
    TCP_CHECK {
    }
  }
}
`;
  const { code, err } = await lvsctl("import keepalived -", { stdin });
  assert.equal(code, 0, err);
  assert.deepEqual(err.match(/^lvsctl: <stdin>:\d+:\d+: warning: |\[[a-z-]+\]$/gm), [
    "lvsctl: <stdin>:2:3: warning: ",
    "[hash-refuses]",
    "lvsctl: <stdin>:4:3: warning: ",
    "[server-loopback]",
  ]);
});

Deno.test("import keepalived makes a loopback fallback work by dr where the ports are equal, and says so", async () => {
  for (const [fallback, forward] of [["127.0.0.1 80", "NAT"], ["127.0.0.1", "NAT"], ["127.0.0.1 80", "DR"]]) {
    const stdin = `virtual_server 192.0.2.10 80 {
  lb_algo wlc
  lb_kind ${forward}
  sorry_server ${fallback}
  real_server 10.0.0.11 80 {
    TCP_CHECK {
    }
  }
}
`;
    const { code, out, err } = await lvsctl("import keepalived -", { stdin });
    assert.deepEqual([code, /uses dr$/m.test(err), err.includes("[")], [
      forward === "NAT" ? 3 : 0,
      forward === "NAT",
      false,
    ], err);
    if (forward === "NAT") assert.match(out, /^ {4}fallback: \{ address: 127\.0\.0\.1, forward: dr \}/m);
  }
});

Deno.test("import ipvsctl makes a file of a model", async () => {
  const { code, out } = await lvsctl("import ipvsctl -", { stdin: "services:\n- address: tcp://192.0.2.10:80\n" });
  assert.deepEqual([code, out.split("\n").slice(-3)], [0, [
    "  - listen: tcp://192.0.2.10:80",
    "    scheduler: rr # ipvsctl's default",
    "",
  ]]);
});

for (const program of ["ldirectord", "ipvsadm", "ipvsctl"]) {
  Deno.test(`import ${program} refuses what is no text, and what is not there, with status 2`, async () => {
    using tree = new FixtureTree({ "empty": "" });
    Deno.writeFileSync(`${tree.root}/binary`, Uint8Array.from({ length: 5000 }, (_, index) => (index * 37) & 255));
    for (const path of ["binary", "empty", "missing", "."]) {
      const { code, out, err } = await lvsctl(`import ${program} ${tree.root}/${path}`);
      assert.deepEqual([code, out], [2, ""]);
      assert.match(err, /^lvsctl: Cannot (?:read|import) [^\n]*\n$/);
    }
  });
}

/** Mistakes around a secret, each in a file that is otherwise valid. */
const LDIRECTORD_SECRETS = `login="HIDDEN"
password=HIDDEN
passwd HIDDEN
HIDE me HIDDEN
virtual=192.0.2.10:80
 passwd=HIDDEN
 request="/?token=HIDDEN"
    unknown=HIDDEN
    checkcommand="/x --password HIDDEN"
    service=bogus
`;

const KEEPALIVED_SECRETS = `unknown HIDDEN
virtual_server 192.0.2.10 80 {
  protocol TCP
  auth_pass HIDDEN
  quorum_up "/x --token=HIDDEN" user
  real_server 10.0.0.11 80 {
    HTTP_GET { headers HIDDEN
      url { path "/?token=HIDDEN x" status_code 200 } }
    notify_up "/x --password HIDDEN" user
  }
}
`;

for (const [program, stdin] of [["ldirectord", LDIRECTORD_SECRETS], ["keepalived", KEEPALIVED_SECRETS]] as const) {
  Deno.test(`import ${program} reports a line that may hold a secret without it`, async () => {
    const { code, out, err } = await lvsctl(`import ${program} - --json`, { stdin });
    assert.equal(code, 3);
    const { unmapped } = JSON.parse(out);
    assert.ok(unmapped.length >= 5, out);
    assert.doesNotMatch(JSON.stringify(unmapped) + err, /HIDDEN/);
  });
}

Deno.test("import ipvsadm shows no more than the first word of a line that is no rule", async () => {
  const stdin = "root:$6$HIDDEN:19000:0:99999:7:::\n";
  for (const rules of [stdin, `-A -t 192.0.2.10:80\n${stdin}`]) {
    const { code, err } = await lvsctl("import ipvsadm -", { stdin: rules });
    assert.equal(code, rules === stdin ? 2 : 3);
    assert.match(err, /"root\.\.\." is not a rule/);
    assert.doesNotMatch(err, /HIDDEN/);
  }
});

Deno.test("import reports the first 500 mistakes, on lines of limited length, and the number of the others", async () => {
  const long = `-a -t 192.0.2.10:80 -r 10.0.0.11:80 -w ${"x".repeat(10_000)}\n`;
  for (const first of ["", "-A -t 192.0.2.10:80\n"]) {
    const { err } = await lvsctl("import ipvsadm -", { stdin: `${first}${long.repeat(1200)}` });
    const lines = err.split("\n");
    assert.ok(lines.length < 510, `${lines.length} lines`);
    assert.ok(lines.every((line) => line.length < 1000));
    assert.match(err, first === "" ? /700 more problems are not listed/ : /700 more directives; --json prints all/);
  }
});

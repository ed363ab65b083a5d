import assert from "node:assert/strict";
import { AS_NOBODY, assertRefusal, Director, lvsctlPath, WITHOUT_LIBNL, type Words } from "../director.ts";
import { mustRun } from "../namespace.ts";

const TABLE = [
  "-A -t 192.0.2.10:80 -s wlc",
  "-a -t 192.0.2.10:80 -r 10.0.0.11:8080 -m -w 1 -x 10 -y 5",
  "-A -u 192.0.2.10:53 -s rr",
];

const WEB = "tcp://192.0.2.10:80";

/** A director with a table that nothing below may change. */
async function filledDirector(): Promise<Director> {
  const director = await Director.create();
  await director.load(TABLE);
  return director;
}

Deno.test("what the kernel refuses is told in one line with object, errno and hint, and changes nothing", async () => {
  await using director = await filledDirector();
  const refused: readonly (readonly [string, string])[] = [
    [
      `service add ${WEB}`,
      `Cannot add virtual service ${WEB}: it exists already (EEXIST); change it with "lvsctl service edit ${WEB}"`,
    ],
    [
      "service add tcp://192.0.2.11:80 --scheduler nope",
      'Cannot add virtual service tcp://192.0.2.11:80: the kernel has no scheduler "nope" (ENOENT); ' +
      "check its name (rr, wrr, lc, wlc, sh, mh ...) or load its module: modprobe ip_vs_nope",
    ],
    [
      `service edit ${WEB} -p --engine nope`,
      `Cannot edit virtual service ${WEB}: the kernel has no scheduler "wlc" or no persistence engine "nope" (ENOENT); ` +
      "check their names or load their modules: modprobe ip_vs_wlc, modprobe ip_vs_pe_nope",
    ],
    [
      "service edit tcp://192.0.2.99:80 -s rr",
      "Cannot edit virtual service tcp://192.0.2.99:80: there is no such virtual service (ESRCH); " +
      '"lvsctl list" shows the existing ones',
    ],
    [
      "service delete fwmark:9",
      'Cannot delete virtual service fwmark:9: there is no such virtual service (ESRCH); "lvsctl list" shows the existing ones',
    ],
    [
      "service show fwmark6:9",
      'Cannot show virtual service fwmark6:9: there is no such virtual service (ESRCH); "lvsctl list" shows the existing ones',
    ],
    [
      "zero fwmark:9",
      'Cannot zero the counters of fwmark:9: there is no such virtual service (ESRCH); "lvsctl list" shows the existing ones',
    ],
    [
      "list fwmark:9",
      'Cannot list fwmark:9: there is no such virtual service (ESRCH); "lvsctl list" shows the existing ones',
    ],
    [
      "server list fwmark:9",
      'Cannot list the servers of fwmark:9: there is no such virtual service (ESRCH); "lvsctl list" shows the existing ones',
    ],
    [
      "server add fwmark:9 10.0.0.11",
      "Cannot add real server 10.0.0.11:0 of fwmark:9: its virtual service does not exist (ESRCH); " +
      'add it with "lvsctl service add fwmark:9"',
    ],
    [
      `server add ${WEB} 10.0.0.11:8080`,
      `Cannot add real server 10.0.0.11:8080 of ${WEB}: the virtual service has it already (EEXIST); ` +
      `change it with "lvsctl server edit ${WEB} 10.0.0.11:8080"`,
    ],
    [
      `server edit ${WEB} 10.0.0.99 -w 1`,
      `Cannot edit real server 10.0.0.99:80 of ${WEB}: the virtual service has no such real server (ENOENT); ` +
      `"lvsctl server list ${WEB}" shows its servers`,
    ],
    [
      `server delete ${WEB} 10.0.0.99`,
      `Cannot delete real server 10.0.0.99:80 of ${WEB}: the virtual service has no such real server (ENOENT); ` +
      `"lvsctl server list ${WEB}" shows its servers`,
    ],
    [
      `server add ${WEB} 255.255.255.255`,
      `Cannot add real server 255.255.255.255:80 of ${WEB}: 255.255.255.255 is not a unicast address ` +
      "that the kernel can reach (EINVAL); give the address of a host: not broadcast, multicast or another's link-local address",
    ],
  ];
  for (const [words, line] of refused) await director.refuses(words, { code: 1, lines: [line] });
  assert.deepEqual(await director.rules(), [...TABLE.map((rule) => rule.replace(" -x 10 -y 5", ""))].sort());
});

Deno.test("a wrong command line is told in one line with a way out, and exits with 2", async () => {
  await using director = await filledDirector();
  const before = await director.everything();
  const wrong: readonly (readonly [Words, string | RegExp])[] = [
    [
      "service add tcp://192.0.2.11:0",
      "Cannot add virtual service tcp://192.0.2.11:0: port 0 stands for every port, which only a persistent service can " +
      "have; name a port or make it persistent",
    ],
    [
      `server add ${WEB} 10.0.0.12 --weight -1`,
      /^--weight: "-1" is not a number from 0 to 2147483647$/,
    ],
    [`server add ${WEB} 10.0.0.12 --weight 2147483648`, /"2147483648" is not a number from 0 to 2147483647$/],
    [
      `server add ${WEB} 10.0.0.12 --upper-threshold 4 --lower-threshold 5`,
      `Cannot add real server 10.0.0.12:80 of ${WEB}: the lower threshold 5 is above the upper threshold 4; ` +
      "give an upper threshold that is at least as large",
    ],
    [`server edit ${WEB} 10.0.0.11:8080 --upper-threshold 4`, /the lower threshold 5 is above the upper threshold 4; /],
    [
      "service add tcp://2001:db8::10:80",
      '"2001:db8::10:80" is ambiguous: an IPv6 address goes in brackets; ' +
      "write [2001:db8::10]:80 for a port, or [2001:db8::10:80]:PORT",
    ],
    [`server add ${WEB} 2001:db8::1`, /^"2001:db8::1" is ambiguous: an IPv6 address goes in brackets; /],
    [
      `server add ${WEB} [10.0.0.12]:80`,
      '"[10.0.0.12]:80" has an IPv4 address in brackets; brackets are for IPv6 addresses only',
    ],
    [`server add ${WEB} 10.12`, /^"10\.12" is not an IP address; an IPv4 address is four numbers from 0 to 255 /],
    [`server add ${WEB} 10.0.0.12:65536`, '"65536" is not a port; a port is a number from 0 to 65535'],
    [
      `server add ${WEB} [2001:db8::1]:80`,
      /its address family differs .*; use an address of the same family, or .* tun$/,
    ],
    [`server add ${WEB} 10.0.0.12 -f tun --tunnel-type gue`, /: a gue tunnel needs a port; /],
    [`server add ${WEB} 10.0.0.12 -f direct`, /"direct" is not a forwarding method.* use nat, dr, tun$/],
    ["service add http://192.0.2.10:80", /^"http" is not a protocol that IPVS balances; write tcp:\/\/ADDRESS:PORT, /],
    ["service add tcp://192.0.2.10", /^"192\.0\.2\.10" has no port; write ADDRESS:PORT, /],
    ["service add fwmark:0", '"0" is not a firewall mark; a firewall mark is a number from 1 to 4294967295'],
    ["service add fwmark:3 -s sh --scheduler-flags mh-port", /^the scheduler sh has no flag "mh-port"; its flags are /],
    ["service add fwmark:3 --netmask 24", "--netmask is for persistent services only; add --persistent"],
    ["service add fwmark:3 -p 1500ms", /"1500ms" is not a whole number of seconds/],
    ["service add tcp://192.0.2.11:80 --one-packet", /one-packet scheduling is for UDP, and this service is tcp; /],
    ["timeouts --tcp 32d", "--tcp is out of range; use 1s to 31d"],
    ["list --stats --rate", /^--stats, --rate, .* exclude each other; use one of them, or --json for everything$/],
    ["lsit", /^unknown command 'lsit'.*Did you mean list\?/],
    ["service add", /^missing required argument 'service'$/],
    ["list --frobnicate", /^unknown option '--frobnicate'/],
    ["save a b", /^too many arguments/],
    ["completions tcsh", /'tcsh'.* Allowed choices are bash, zsh, fish\.$/],
  ];
  for (const [words, line] of wrong) await director.refuses(words, { code: 2, lines: [line] });
  assert.equal(await director.everything(), before);
});

Deno.test("a file with mistakes names all of them in one run, and changes nothing", async () => {
  await using director = await filledDirector();
  const file = "/tmp/wrong.yaml";
  await Deno.writeTextFile(
    file,
    `version: 1
timeouts: { tcp: fast }
services:
  - listen: tcp://192.0.2.10:80
    schedular: rr
    servers:
      - 10.0.0.11:8080
      - { address: 10.0.0.11:8080, weight: -1 }
      - 2001:db8::1:80
  - listen: tcp://192.0.2.10:80
  - listen: tcp://192.0.2.20:0
    servers: many
`,
  );
  const problems = [/:2:\d+: /, /:5:5: .*scheduler/, /:8:\d+: /, /:8:\d+: /, /:9:\d+: .*brackets/, /:10:\d+: .*line 4/];
  const expected = [...problems, /:11:\d+: .*port 0/, /:12:\d+: .*list/]
    .map((pattern) => new RegExp(`^/tmp/wrong\\.yaml${pattern.source}`));
  for (const words of ["config check", "restore", "check --apply", "run"]) {
    await director.refuses(`${words} ${file}`, { code: 2, lines: expected });
  }
  const broken: readonly (readonly [string, string | RegExp])[] = [
    ["", /^<stdin>:1:1: the file is empty/],
    ["version: 1\nservices: [\n", /^<stdin>:\d+:\d+: /],
    ["version: 1\n\tservices: []\n", /^<stdin>:2:1: tabs are not allowed/],
    ["- a\n- b\n", /^<stdin>:1:1: the file must be a mapping/],
    ["version: 2\n", /^<stdin>:1:10: version must be 1/],
    ["just text", /^<stdin>:1:1: the file must be a mapping/],
  ];
  for (const [stdin, line] of broken) await director.refuses("restore -", { code: 2, lines: [line] }, { stdin });
});

Deno.test("a file that cannot be read is told in one line, and exits with 2", async () => {
  await using director = await filledDirector();
  const binary = "/tmp/binary.yaml";
  await Deno.writeFile(binary, new Uint8Array([0x76, 0xff, 0xfe, 0x00]));
  const secret = "/tmp/secret.yaml";
  await Deno.writeTextFile(secret, "version: 1\n", { mode: 0o600 });
  const unreadable: readonly (readonly [string, string])[] = [
    ["restore /tmp", "Cannot read /tmp: Is a directory (EISDIR)"],
    ["check /nonexistent/a.yaml", "Cannot read /nonexistent/a.yaml: No such file or directory (ENOENT)"],
    [`run ${binary}`, `Cannot read ${binary}: it is not UTF-8 text: see line 1`],
  ];
  for (const [words, line] of unreadable) await director.refuses(words, { code: 2, lines: [line] });
  await director.refuses(`config check ${secret}`, {
    code: 2,
    lines: [`Cannot read ${secret}: Permission denied (EACCES)`],
  }, { through: AS_NOBODY });
  const fromDirectory = ["sh", "-c", '"$@" </tmp', "sh"];
  await director.refuses("restore -", { code: 2, lines: ["Cannot read <stdin>: Is a directory (EISDIR)"] }, {
    through: fromDirectory,
  });
});

Deno.test("a file of 50 MB that lvsctl did not save is refused at once, before it takes all memory", async () => {
  await using director = await filledDirector();
  const file = "/tmp/huge.yaml";
  await Deno.writeTextFile(file, "key: value\n".repeat(5_000_000));
  const line = `${file}:1:1: the file is larger than 16 MiB; only a file that "lvsctl save" wrote may be larger`;
  await director.refuses(`restore ${file}`, { code: 2, lines: [line] });
  await Deno.remove(file);
});

Deno.test("without CAP_NET_ADMIN nothing is changed or shown, and the one line says what is needed", async () => {
  await using director = await filledDirector();
  const file = "/tmp/empty.yaml";
  await Deno.writeTextFile(file, "version: 1\nservices: []\n");
  const withoutCapability = ["setpriv", "--bounding-set=-net_admin", "--inh-caps=-all", "--"];
  for (const words of ["list", `service delete ${WEB}`, "flush --yes", `restore ${file}`, "timeouts --tcp 1m"]) {
    const line = /^Cannot .*: permission denied \(EPERM\); run lvsctl as root \(it needs CAP_NET_ADMIN\)$/;
    await director.refuses(words, { code: 1, lines: [line] }, { through: withoutCapability });
  }
  const line = /^Cannot delete virtual service .*: permission denied \(EPERM\); run lvsctl as root/;
  await director.refuses(`service delete ${WEB}`, { code: 1, lines: [line] }, {
    through: AS_NOBODY,
  });
});

Deno.test("without libnl every command that needs the kernel says which package has it", async () => {
  await using director = await filledDirector();
  for (const words of ["list", `service add fwmark:3`]) {
    await director.refuses(words, {
      code: 1,
      lines: [
        "Cannot talk to the kernel: cannot load libnl-genl-3.so.200; install it with: apt-get install libnl-genl-3-200",
      ],
    }, { through: WITHOUT_LIBNL });
  }
});

/** Runs lvsctl in a shell line in which it is "$@". */
function inShell(line: string): { readonly through: readonly string[] } {
  return { through: ["bash", "-c", line, "bash"] };
}

Deno.test("output that cannot be written is told, and a reader who has gone is no failure", async () => {
  await using director = await filledDirector();
  const hint = "redirect standard output to a terminal, or to a file that has space";
  const full = { code: 1, lines: [`Cannot write <stdout>: No space left on device (ENOSPC); ${hint}`] };
  for (const words of ["list", "save", "version", "help"]) {
    await director.refuses(words, full, inShell('"$@" >/dev/full'));
  }
  // `true` reads nothing and has ended long before lvsctl writes.
  for (const words of ["list", "save"]) {
    const gone = await director.lvsctl(words, inShell('"$@" | true; exit ${PIPESTATUS[0]}'));
    assert.deepEqual(gone, { code: 0, stdout: "", stderr: "" }, words);
  }
  const closed = { code: 1, lines: [`Cannot write <stdout>: it is closed (EBADF); ${hint}`] };
  for (const words of ["list", "save", "version", "help"]) await director.refuses(words, closed, inShell('"$@" >&-'));
  // Nowhere to say it: the status is the same.
  for (const line of ['"$@" 2>/dev/full', '"$@" 2>&-']) {
    assert.deepEqual(await director.lvsctl("service add fwmark:0", inShell(line)), { code: 2, stdout: "", stderr: "" });
  }
});

Deno.test("a change whose result cannot be printed is done, and its status says so", async () => {
  await using director = await filledDirector();
  const lost = (reason: string): string =>
    `lvsctl: warning: Cannot write <stdout>: ${reason}; the exit status reports the changes\n`;
  const file = "/tmp/apply.yaml";
  for (
    const [line, warning] of [
      ['"$@" >/dev/full', lost("No space left on device (ENOSPC)")],
      ['"$@" >&-', lost("it is closed (EBADF)")],
      ['"$@" | true; exit ${PIPESTATUS[0]}', lost("Broken pipe (EPIPE)")],
    ] as const
  ) {
    await Deno.writeTextFile(file, "version: 1\nservices: [{ listen: tcp://192.0.2.11:80 }]\n");
    for (const words of [`apply ${file}`, "service add fwmark:7 --json", "service delete fwmark:7 --json"]) {
      const done = await director.lvsctl(words, inShell(line));
      assert.deepEqual(done, { code: 0, stdout: "", stderr: warning }, words);
    }
    assert.ok((await director.rules()).includes("-A -t 192.0.2.11:80 -s wlc"));
    await director.must("service delete tcp://192.0.2.11:80");
  }
});

Deno.test("special files in place of a configuration or a state are refused at once", async () => {
  await using director = await filledDirector();
  await mustRun(["mkfifo", "/tmp/fifo"]);
  await Deno.writeTextFile("/tmp/includes.yaml", "version: 1\ninclude: [/tmp/fifo, /dev/zero, /proc/kmsg]\n");
  const reasons: readonly (readonly [string, string])[] = [
    ["/tmp/fifo", "it is a named pipe, not a regular file"],
    ["/dev/zero", "it is a device, not a regular file"],
    ["/proc/kmsg", "it is a file of the kernel without a size"],
  ];
  // The daemon reads its file again and again, so it takes no stream.
  const hints = { plan: "; to read a stream, write - and redirect standard input", run: "" };
  for (const [path, reason] of reasons) {
    for (const [command, hint] of Object.entries({ ...hints, check: hints.plan })) {
      await director.refuses(`${command} ${path}`, { code: 2, lines: [`Cannot read ${path}: ${reason}${hint}`] });
    }
  }
  await director.refuses("run /tmp/includes.yaml", {
    code: 2,
    lines: reasons.map(([path, reason]) => new RegExp(`^/tmp/includes\\.yaml:2:\\d+: Cannot read ${path}: ${reason}$`)),
  });
  await director.refuses(
    "restore -",
    { code: 2, lines: ["Cannot read <stdin>: it has null bytes, so it is not text"] },
    {
      through: ["sh", "-c", '"$@" </dev/zero', "sh"],
    },
  );
  const saved = await director.must("save");
  for (const line of ['"$@" /dev/stdin <<<"$SAVED"', '"$@" <(printf %s "$SAVED")', 'printf %s "$SAVED" | "$@" -']) {
    const planned = await director.lvsctl("plan", { through: ["env", `SAVED=${saved}`, "bash", "-c", line, "bash"] });
    assert.deepEqual([planned.code, planned.stderr], [0, ""], line);
    assert.match(planned.stdout, /^Nothing to change\n/);
  }
});

Deno.test("save that fails leaves the old file as it was, and nothing beside it", async () => {
  await using director = await filledDirector();
  const directory = "/tmp/full";
  await Deno.mkdir(directory);
  await mustRun(["mount", "-t", "tmpfs", "-o", "size=64k", "full", directory]);
  await Deno.writeTextFile(`${directory}/saved.yaml`, "old\n");
  await mustRun(["sh", "-c", `cat /dev/zero >${directory}/filler 2>/dev/null || true`]);
  await director.refuses(`save ${directory}/saved.yaml --yes`, {
    code: 1,
    lines: [`Cannot write ${directory}/saved.yaml: No space left on device (ENOSPC)`],
  });
  assert.equal(await Deno.readTextFile(`${directory}/saved.yaml`), "old\n");
  assert.deepEqual([...Deno.readDirSync(directory)].map(({ name }) => name).sort(), ["filler", "saved.yaml"]);
  await mustRun(["umount", directory]);

  const refused: readonly (readonly [string, string])[] = [
    ["/dev/full", "No space left on device (ENOSPC)"],
    ["/nonexistent/saved.yaml", "No such file or directory (ENOENT)"],
    ["/tmp", "Is a directory (EISDIR)"],
  ];
  for (const [path, reason] of refused) {
    await director.refuses(`save ${path}`, { code: 1, lines: [`Cannot write ${path}: ${reason}`] });
  }
  assert.ok((await Deno.stat("/dev/full")).isCharDevice);
});

Deno.test("save replaces a file but not what a device or a link is, and keeps owner and mode", async () => {
  await using director = await filledDirector();
  const text = await director.must("save");
  assert.equal(await director.must("save /dev/stdout"), text);
  await director.must("save /dev/null");
  assert.ok((await Deno.stat("/dev/null")).isCharDevice);

  await director.must("save /tmp/new.yaml");
  assert.equal((await Deno.stat("/tmp/new.yaml")).mode ?? 0, 0o100600);

  const [target, link] = ["/tmp/target.yaml", "/tmp/link.yaml"];
  await Deno.writeTextFile(target, "old\n");
  await Deno.chmod(target, 0o640);
  await Deno.chown(target, 1, 2);
  await Deno.symlink(target, link);
  await director.must(`save ${link} --yes`);
  assert.ok((await Deno.lstat(link)).isSymlink);
  assert.equal(await Deno.readTextFile(target), text);
  const { mode, uid, gid } = await Deno.stat(target);
  assert.deepEqual({ mode, uid, gid }, { mode: 0o100640, uid: 1, gid: 2 });
});

Deno.test("lvsctl without a command shows its help and exits with 2", async () => {
  await using director = await filledDirector();
  const { code, stdout, stderr } = await director.lvsctl("");
  assert.deepEqual({ code, stdout }, { code: 2, stdout: "" });
  assert.match(stderr, /^Usage: lvsctl /);
  // A name that is no word, for what a shell would do with it.
  const odd = await director.run([lvsctlPath(), "service", "show", "tcp://192.0.2.10:80\nx"]);
  assert.equal(odd.code, 2);
  assertRefusal(odd, { code: 2, lines: [/^"80\\nx" is not a port; /] }, "a name with a line break in it");
});

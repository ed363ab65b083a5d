import assert from "node:assert/strict";
import { complete, type Completion, type LiveObjects } from "../../../../../cli/commands/completions/candidates.ts";
import { buildFullProgram } from "../../../../../cli/program.ts";
import { lvsctl } from "../../../../support/command_line.ts";
import { testContext } from "../../../../support/context.ts";

const unused = (): never => assert.fail("a completion needs no streams");

const SERVERS: Readonly<Record<string, readonly string[]>> = {
  "tcp://192.0.2.10:80": ["10.0.0.11:80", "10.0.0.12:80"],
  "udp://[2001:db8::53]:53": ["[2001:db8:1::1]:53"],
};

const LIVE: LiveObjects = {
  services: () => Promise.resolve(Object.keys(SERVERS)),
  servers: (service) => Promise.resolve(service === "all" ? Object.values(SERVERS).flat() : SERVERS[service] ?? []),
  vips: () => Promise.resolve(["192.0.2.10"]),
  devices: () => Promise.resolve(["lo", "eth0"]),
  routers: () => Promise.resolve(["edge", "inside"]),
  history: (kind) => Promise.resolve(kind === "all" ? [{ word: "a1-1" }, { word: "b2-1" }] : [{ word: "b2-1" }]),
};

/** Completes the last of the words. */
async function completed(...words: readonly string[]): Promise<Completion> {
  const io = { out: unused, err: unused, control: unused, readStdin: unused, interactive: false, confirm: unused };
  return await complete(await buildFullProgram(testContext(io)), { words, live: LIVE });
}

/** The words that can come next. */
async function words(...line: readonly string[]): Promise<readonly string[]> {
  return (await completed(...line)).candidates.map(({ word }) => word);
}

Deno.test("complete() offers commands, then subcommands, with their summaries", async () => {
  assert.deepEqual(await words("ser"), ["service", "server"]);
  assert.deepEqual(await words("server", "d"), ["delete", "drain"]);
  assert.ok((await words("")).includes("help"));
  assert.ok(!(await words("")).includes("__complete"));
  const { candidates } = await completed("server", "dr");
  assert.deepEqual(candidates, [{
    word: "drain",
    description: "delete real servers when their connections have ended",
  }]);
});

Deno.test("complete() offers commands and subcommands after help, and nothing else", async () => {
  assert.deepEqual(await words("help", "ser"), ["service", "server"]);
  assert.deepEqual(await words("help", "server", "dr"), ["drain"]);
  assert.deepEqual(await words("help", "server", "drain", ""), []);
});

Deno.test("complete() offers the options of the command, each without a value once", async () => {
  assert.deepEqual(await words("server", "add", "tcp://192.0.2.10:80", "--tunnel-"), [
    "--tunnel-type",
    "--tunnel-port",
    "--tunnel-checksum",
  ]);
  assert.ok(!(await words("server", "add", "--json", "--")).includes("--json"));
  assert.ok((await words("list", "--")).includes("--stats"));
  assert.deepEqual(await words("list", "--", "--"), []);
});

Deno.test("complete() offers the values of options, in both ways to write them", async () => {
  assert.deepEqual(await words("service", "add", "tcp://192.0.2.1:80", "--scheduler", "w"), ["wrr", "wlc"]);
  assert.deepEqual(await words("service", "add", "tcp://192.0.2.1:80", "-s", "m"), ["mh"]);
  assert.deepEqual(await words("service", "add", "--scheduler=m"), ["--scheduler=mh"]);
  assert.deepEqual(await words("service", "add", "--dry-run=m"), []);
  assert.deepEqual(await words("server", "add", "tcp://192.0.2.10:80", "10.0.0.1", "--forward", ""), [
    "nat",
    "dr",
    "tun",
  ]);
  assert.deepEqual(await words("realserver", "setup", "--forward", ""), ["dr", "tun"]);
  assert.deepEqual(await words("vip", "add", "192.0.2.1", "--device", ""), ["lo", "eth0"]);
  assert.deepEqual(await words("sync", "start", "master", "--interface", "e"), ["eth0"]);
  assert.deepEqual(await words("connections", "--group-by", "s"), ["service", "server", "state"]);
  assert.deepEqual(await words("connections", "--service", "tcp"), ["tcp://192.0.2.10:80"]);
  assert.deepEqual(await words("server", "add", "--weight", ""), []);
});

Deno.test("complete() takes the word after an option with an optional value for an argument too", async () => {
  assert.deepEqual(await words("service", "edit", "--persistent", "tcp"), ["tcp://192.0.2.10:80"]);
});

Deno.test("complete() offers live services, and the real servers of the service before", async () => {
  assert.deepEqual(await words("service", "show", ""), Object.keys(SERVERS));
  const offered = new Set(await words("service", "add", ""));
  assert.deepEqual(Object.keys(SERVERS).filter((service) => offered.has(service)), []);
  assert.deepEqual(await words("server", "drain", "tcp://192.0.2.10:80", ""), ["10.0.0.11:80", "10.0.0.12:80"]);
  assert.deepEqual(await words("server", "drain", "tcp://192.0.2.10:80", "10.0.0.11:80", ""), ["10.0.0.12:80"]);
  assert.deepEqual(await words("server", "edit", "udp://[2001:db8::53]:53", "["), ["[2001:db8:1::1]:53"]);
  assert.deepEqual(await words("server", "rm", "tcp://192.0.2.10:80", ""), ["10.0.0.11:80", "10.0.0.12:80"]);
  assert.deepEqual(await words("server", "maint", "a"), ["all"]);
  assert.deepEqual(await words("vip", "delete", ""), ["192.0.2.10"]);
  assert.deepEqual(await words("server", "add", "tcp://192.0.2.10:80", "10"), []);
});

Deno.test("complete() leaves files to the shell where a file is meant, and only there", async () => {
  const yaml = { kind: "files", suffixes: [".yaml", ".yml"] };
  for (const line of [["apply", ""], ["apply", "w"], ["run", "--verify", "10s", ""], ["config", "check", ""]]) {
    assert.deepEqual(await completed(...line), { candidates: [], paths: yaml }, line.join(" "));
  }
  assert.deepEqual((await completed("import", "keepalived", "")).paths, { kind: "files", suffixes: [] });
  assert.deepEqual((await completed("batch", "")).paths, { kind: "files", suffixes: [] });
  assert.deepEqual((await completed("import", "keepalived", "x", "--output", "")).paths, {
    kind: "files",
    suffixes: [],
  });
  assert.deepEqual((await completed("realserver", "setup", "--output", "")).paths, {
    kind: "directories",
    suffixes: [],
  });
  for (const line of [[""], ["service", "show", ""], ["apply", "--"], ["timeouts", ""], ["apply", "web.yaml", ""]]) {
    assert.equal((await completed(...line)).paths, undefined, line.join(" "));
  }
});

Deno.test("complete() offers the options where nothing else can come", async () => {
  const offered = await words("timeouts", "");
  assert.ok(offered.includes("--tcp") && offered.every((word) => word.startsWith("-")), offered.join(" "));
});

Deno.test("each option and argument with a closed set of words offers them", async () => {
  for (
    const [line, expected] of [
      ["completions ", ["bash", "zsh", "fish"]],
      ["sync stop ", ["master", "backup"]],
      ["save --format ", ["yaml", "rules"]],
      ["run --log-format ", ["text", "json"]],
      ["run --on-exit ", ["keep", "remove"]],
      ["server drain --then ", ["delete", "keep"]],
      ["vip add --scope ", ["global", "site", "link", "host"]],
      ["server add --tunnel-type ", ["ipip", "gue", "gre"]],
    ] as const
  ) assert.deepEqual(await words(...line.split(" ")), expected, line);
});

Deno.test("complete() offers each part of a list behind a comma, without those before it", async () => {
  for (const command of ["plan", "apply"]) {
    assert.deepEqual(await words(command, "--only", "delete"), ["delete", "delete-service", "delete-server"]);
    assert.deepEqual(await words(command, "--only", "add,e"), ["add,edit", "add,edit-service", "add,edit-server"]);
    assert.ok(!(await words(command, "--only", "edit,add,")).some((word) => /,(?:edit|add)$/.test(word)));
  }
  assert.deepEqual(await words("apply", "--only=add,delete-s"), [
    "--only=add,delete-service",
    "--only=add,delete-server",
  ]);
  assert.deepEqual(await words("top", "--columns", "active,in-"), ["active,in-packets", "active,in-bytes"]);
  assert.deepEqual(await words("top", "--columns", "in-bytes,in-"), ["in-bytes,in-packets"]);
  assert.deepEqual(await words("apply", "--only", "nope,no"), []);
  const flags = (...line: readonly string[]): Promise<readonly string[]> =>
    words("service", "add", "fwmark:1", ...line);
  assert.deepEqual(await flags("--scheduler-flags", "s"), ["sh-fallback", "sh-port"]);
  assert.deepEqual(await flags("--scheduler-flags", "sh-port,"), ["sh-port,sh-fallback"]);
  assert.deepEqual(await flags("-s", "mh", "--scheduler-flags", ""), ["mh-fallback", "mh-port"]);
  assert.deepEqual(await flags("--scheduler=mh", "--scheduler-flags", "mh-port,"), ["mh-port,mh-fallback"]);
  assert.deepEqual(await flags("--scheduler", "rr", "--scheduler-flags", ""), []);
});

Deno.test("every option with a list offers its parts", async () => {
  const io = { out: unused, err: unused, control: unused, readStdin: unused, interactive: false, confirm: unused };
  const listed: string[] = [];
  for (
    const command of (await buildFullProgram(testContext(io))).commands.flatMap((each) => [each, ...each.commands])
  ) {
    for (const { long, flags } of command.options) {
      if (!/<(?:list|kinds)>/.test(flags)) continue;
      const path = command.parent?.parent === null ? [command.name()] : [command.parent?.name() ?? "", command.name()];
      listed.push(`${path.join(" ")} ${long}`);
      const [first = ""] = await words(...path, long ?? "", "");
      assert.ok((await words(...path, long ?? "", `${first},`)).length > 0, `${path.join(" ")} ${long}`);
    }
  }
  assert.deepEqual(listed, [
    ...[
      "service add --scheduler-flags",
      "service edit --scheduler-flags",
      "plan --only",
      "apply --only",
      "top --columns",
    ],
  ]);
});

Deno.test("__complete prints a word, a tab and one line each, and asks the shell for paths in a first line", async () => {
  const offered = await lvsctl("__complete -- server dr");
  assert.deepEqual([offered.code, offered.out], [0, "drain\tdelete real servers when their connections have ended\n"]);
  assert.equal((await lvsctl("__complete -- apply w")).out, ":files .yaml .yml\n");
  const options = (await lvsctl("__complete -- apply --")).out.trimEnd().split("\n");
  assert.ok(options.every((line) => /^--[\w-]+\t.+$/.test(line)), options.join("\n"));
  assert.equal((await lvsctl("__complete --")).code, 0);
});

Deno.test("no help lists __complete", async () => {
  assert.ok(!(await lvsctl("--help")).out.includes("__complete"));
});

Deno.test("complete() offers the virtual routers of the daemon to the commands about one of them", async () => {
  for (const command of ["status", "release", "resume"]) {
    assert.deepEqual(await words("vrrp", command, "ed"), ["edge"], command);
    assert.deepEqual(await words("vrrp", command, ""), ["edge", "inside"], command);
  }
  assert.deepEqual(await words("discovery", "accept", "ed"), []);
});

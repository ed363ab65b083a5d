import assert from "node:assert/strict";
import { lvsctl } from "../../../support/command_line.ts";
import { memoryKernel, stateOf } from "../../../support/kernel_state.ts";
import { serviceEntry } from "../../../support/samples.ts";

/** What a command line that is refused prints below the reason. */
async function adviceOn(line: string): Promise<string[]> {
  const { code, out, err } = await lvsctl(line);
  assert.deepEqual([code, out], [2, ""], line);
  const [reason = "", ...advice] = err.trimEnd().split("\n");
  assert.match(reason, /^lvsctl: /);
  return advice;
}

Deno.test("a usage error of a command shows its usage and its help", async () => {
  assert.deepEqual(await adviceOn("server add tcp://192.0.2.1:80"), [
    "Usage: lvsctl server add [options] <service> <server>",
    'See "lvsctl server add --help".',
  ]);
  assert.deepEqual(await adviceOn("list --no-such-option"), [
    "Usage: lvsctl list [options] [service]",
    'See "lvsctl list --help".',
  ]);
});

Deno.test("an unknown word names the help of the command before it", async () => {
  assert.deepEqual(await adviceOn("nope"), ['See "lvsctl --help".']);
  assert.deepEqual(await adviceOn("service nope"), ['See "lvsctl service --help".']);
  assert.deepEqual(await adviceOn("help service nope"), ['See "lvsctl service --help".']);
});

Deno.test("letters of ipvsadm are answered in lvsctl's words", async () => {
  for (
    const [line, words] of [
      ["-L", "lvsctl list"],
      ["-Ln", "lvsctl list"],
      ["-A -t 192.0.2.1:80", "lvsctl service add"],
      ["-a -t 192.0.2.1:80", "lvsctl server add"],
      ["-C", "lvsctl flush"],
      ["server add tcp://192.0.2.1:80 10.0.0.1 -m", "--forward nat"],
      ["server add tcp://192.0.2.1:80 10.0.0.1 -g", "--forward dr"],
      ["service add -t 192.0.2.1:80", "tcp://ADDRESS:PORT"],
      ["list -n", "always numeric"],
      ["--add-service -t 192.0.2.1:80", "lvsctl service add"],
      ["--clear", "lvsctl flush"],
      ["server add tcp://192.0.2.1:80 10.0.0.1 --masquerading", "--forward nat"],
      ["service add --tcp-service 192.0.2.1:80", "tcp://ADDRESS:PORT"],
    ] as const
  ) {
    const [hint = ""] = await adviceOn(line);
    assert.ok(hint.startsWith("Use ") && hint.includes(words), `${line}: ${hint}`);
  }
});

Deno.test("a verb before its noun is answered by the command", async () => {
  for (
    const [line, command] of [["add service", "service add"], ["get services", "service list"], [
      "rm server",
      "server delete",
    ]]
  ) {
    assert.equal((await adviceOn(line ?? ""))[0], `Use "lvsctl ${command}".`);
  }
  for (const line of ["add nope", "nope service", "constructor service"]) {
    assert.deepEqual(await adviceOn(line), ['See "lvsctl --help".']);
  }
});

Deno.test("a server before its service is answered by the right order, without control characters", async () => {
  assert.deepEqual(await adviceOn("server add 10.0.0.1:80 tcp://192.0.2.1:80"), [
    'The service comes first: "lvsctl server add tcp://192.0.2.1:80 10.0.0.1:80".',
  ]);
  const [hint = ""] = await adviceOn("server add 10.0.0.1\u001b:80 tcp://192.0.2.1:80");
  assert.ok(!hint.includes("\u001b"));
});

Deno.test("help of several words explains the subcommand", async () => {
  for (const words of ["service add", "server drain", "history"]) {
    const help = await lvsctl(`help ${words}`);
    assert.equal(help.code, 0);
    assert.ok(help.out.startsWith(`Usage: lvsctl ${words} [options]`), help.out);
  }
});

Deno.test("help is printed with status 0 in whichever form it is asked for", async () => {
  const [general, add, list] = [await lvsctl("help"), await lvsctl("service add --help"), await lvsctl("list -h")];
  for (const { code, out } of [general, add, list]) {
    assert.deepEqual([code, out.startsWith("Usage: lvsctl")], [0, true]);
  }
  for (
    const line of [
      "help --help",
      "help -h",
      "--help help",
      "-h",
      "--help",
      "help help",
      "help --",
      "-- help -h",
      "-h --nope",
    ]
  ) {
    assert.deepEqual(await lvsctl(line), general, line);
  }
  const lines = ["help -h service add", "--help service add", "-h service add tcp://192.0.2.1:80", "service add help"];
  for (const line of [...lines, "service add -h", "help service --help add", "service help add"]) {
    assert.deepEqual(await lvsctl(line), add, line);
  }
  for (const line of ["list help", "help list", "help -- list", "--help list --stats"]) {
    assert.deepEqual(await lvsctl(line), list, line);
  }
  assert.deepEqual(await lvsctl("-h ipvsadm"), await lvsctl("help ipvsadm"));
});

Deno.test("help of what does not exist is wrong usage", async () => {
  assert.equal((await lvsctl("--help nope")).code, 2);
  assert.match((await lvsctl("help --nope")).err, /^lvsctl: unknown option '--nope'/);
  assert.deepEqual(await adviceOn("-h service nope"), ['See "lvsctl service --help".']);
});

Deno.test("the word help is an argument like others behind other arguments, and for completions", async () => {
  assert.match((await lvsctl("server add tcp://192.0.2.1:80 help")).err, /"help" is not an IP address/);
  assert.doesNotMatch((await lvsctl("__complete help")).out, /^Usage/);
});

Deno.test("ls and rm are short forms of subcommands", async () => {
  assert.ok((await lvsctl("service ls --help")).out.startsWith("Usage: lvsctl service list|ls [options]"));
  assert.ok((await lvsctl("server rm --help")).out.startsWith("Usage: lvsctl server delete|rm [options]"));
});

Deno.test("a verb of other programs behind its noun is answered by the command", async () => {
  for (
    const [line, command] of [
      ["service create tcp://192.0.2.1:80", "service add"],
      ["server remove tcp://192.0.2.1:80 10.0.0.1", "server delete"],
      ["server modify tcp://192.0.2.1:80 10.0.0.1", "server edit"],
      ["vip show", "vip list"],
    ] as const
  ) {
    assert.equal((await adviceOn(line))[0], `Use "lvsctl ${command}".`);
  }
  assert.deepEqual(await adviceOn("vip edit"), ['See "lvsctl vip --help".']);
});

Deno.test("history, which has a subcommand and options, shows its usage too", async () => {
  assert.deepEqual(await adviceOn("history --since"), [
    "Usage: lvsctl history [options] [command]",
    'See "lvsctl history --help".',
  ]);
});

Deno.test("help before a whole command line explains the command, and does not run it", async () => {
  const kernel = memoryKernel({ services: [serviceEntry("tcp://192.0.2.1:80", "10.0.0.1:80")] });
  using client = kernel.openClient();
  const before = stateOf(client);
  for (
    const [words, command] of [
      ["service delete tcp://192.0.2.1:80", "service delete|rm"],
      ["flush --yes", "flush"],
      ["history --json", "history"],
      ["zero tcp://192.0.2.1:80", "zero"],
    ] as const
  ) {
    const { code, out, err } = await lvsctl(`help ${words}`, { kernel });
    assert.deepEqual([code, err], [0, ""], words);
    assert.ok(out.startsWith(`Usage: lvsctl ${command} [options]`), out);
  }
  assert.deepEqual(stateOf(client), before);
  assert.deepEqual(await lvsctl("help help"), await lvsctl("help"));
  assert.deepEqual(await adviceOn("help service nope tcp://192.0.2.1:80"), ['See "lvsctl service --help".']);
});

Deno.test("a command after -- runs, as without it", async () => {
  const kernel = memoryKernel({});
  assert.deepEqual(await lvsctl("-- list", { kernel }), { code: 0, out: "No virtual services\n", err: "" });
  assert.equal((await lvsctl("-- nope")).code, 2);
});

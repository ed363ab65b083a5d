import assert from "node:assert/strict";
import { systemSurroundings } from "../../../../cli/context/surroundings.ts";
import { lockTable } from "../../../../cli/table/table_lock.ts";
import { EXIT } from "../../../../core/errors/mod.ts";
import type { Clock } from "../../../../core/time/mod.ts";
import { lvsctl, type Printed } from "../../../support/command_line.ts";
import { FakeClock } from "../../../support/fake_clock.ts";
import { memoryKernel } from "../../../support/kernel_state.ts";
import { serviceEntry } from "../../../support/samples.ts";
import { TerminalScreen } from "../../../support/terminal_screen.ts";

const TERMINAL = { columns: 80, rows: 24 };

/** A clock that is late: each look at it takes 300 ms. */
function slowClock(): Clock {
  let now = 0;
  const { setTimer } = new FakeClock();
  return { now: () => now += 300, setTimer };
}

/** What a command showed on its progress line, and where the terminal was at the end. */
async function shownBy(
  line: string,
  options: Parameters<typeof lvsctl>[1],
): Promise<Printed & { readonly texts: readonly string[]; readonly screen: TerminalScreen }> {
  const screen = new TerminalScreen(TERMINAL);
  const texts: string[] = [];
  const printed = await lvsctl(line, {
    ...options,
    terminal: TERMINAL,
    onOutput: (text) => {
      screen.write(text);
      texts.push(screen.text[0] ?? "");
    },
  });
  return { ...printed, texts: texts.filter((text) => text !== ""), screen };
}

/** A file with one service of many servers. */
function fileOf(servers: number): string {
  const list = Array.from({ length: servers }, (_, index) => `10.1.${index >> 8}.${index & 255}:80`);
  return `version: 1\nservices: [{ listen: "tcp://192.0.2.10:80", scheduler: rr, servers: ${JSON.stringify(list)} }]\n`;
}

Deno.test("restore of many servers shows how many changes are made, on a terminal only, and leaves no trace", async () => {
  const restore = { stdin: fileOf(1500), clock: slowClock() };
  const { code, texts, screen, err } = await shownBy("restore -", { kernel: memoryKernel({}), ...restore });
  assert.equal(code, 0);
  const progress = texts.filter((text) => text.endsWith(" changes"));
  for (const text of progress) assert.match(text, /^(0|\d{3}|1,\d{3}) of 1,501 changes$/);
  assert.ok(progress.length > 2, err);
  assert.equal(progress.at(-1), "1,501 of 1,501 changes");
  assert.deepEqual([screen.text.some((text) => text.endsWith(" changes")), screen.wraps], [false, 0]);
  const { err: piped } = await lvsctl("restore -", { kernel: memoryKernel({}), ...restore });
  assert.equal(piped, "");
});

Deno.test("a command that waits for the lock names its holder and the time left", async () => {
  const root = await Deno.makeTempDir();
  const directories = { run: `${root}/run`, state: `${root}/state` };
  try {
    using _lock = lockTable({
      directory: directories.run,
      purpose: `apply ${"x".repeat(100)}.yaml`,
      timeoutMs: 0,
      onUnusable: (error) => {
        throw error;
      },
    });
    const { code, texts } = await shownBy("restore - --lock-timeout 300ms", {
      kernel: memoryKernel({}),
      stdin: fileOf(1),
      directories,
      clock: slowClock(),
    });
    assert.equal(code, 1);
    const [text = ""] = texts;
    assert.match(text, new RegExp(`^waiting for lvsctl ${Deno.pid} \\(apply x+\\.\\., 1 s left$`));
    assert.equal(text.length, TERMINAL.columns - 1);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});

Deno.test("check shows how many servers were checked, while one does not answer", async () => {
  using silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = silent.addr as Deno.NetAddr;
  const stdin = `version: 1
services:
  - listen: tcp://192.0.2.10:80
    check: { type: http, path: /, interval: 20s, timeout: 10s }
    servers: ["127.0.0.1:${port}"]
`;
  const clock = new FakeClock();
  const answered = silent.accept();
  const running = shownBy("check -", { stdin, clock });
  const connection = await Promise.race([answered, running]);
  assert.ok("close" in connection, JSON.stringify(connection));
  await clock.advance(1000);
  connection.close();
  const { code, texts } = await running;
  assert.equal(code, 4);
  assert.equal(texts[0], "checked 0 of 1");
  assert.equal(clock.pending, 0);
});

/** The kernel's list of that many connections, one of them to another server. */
function connectionList(connections: number): string {
  const lines = Array.from({ length: connections }, (_, index) => {
    const server = index === connections - 1 ? "0A010002" : "0A010001";
    return `TCP 0A000002 ${
      (index + 1).toString(16).padStart(4, "0")
    } 0A000001 0050 ${server} 1F90 ESTABLISHED     899\n`;
  });
  return "Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Expires PEName PEData\n" + lines.join("");
}

Deno.test("connections shows how many it has read while it prints none, on a terminal only, and leaves no trace", async () => {
  const connections = connectionList(5500);
  for (
    const options of ["--server 10.1.0.2", "--count --exact", "--group-by state --exact", "--json --client 10.9.9.9"]
  ) {
    const { code, texts, screen } = await shownBy(`connections ${options}`, { connections, clock: slowClock() });
    assert.equal(code, 0);
    const progress = texts.filter((text) => text.endsWith(" connections read"));
    assert.deepEqual(progress, ["4,000 connections read", "5,000 connections read"], options);
    assert.deepEqual([screen.text.some((text) => text.includes("read")), screen.wraps], [false, 0], options);
    const { err } = await lvsctl(`connections ${options}`, { connections, clock: slowClock() });
    assert.equal(err, "");
  }
});

/** A file with services of one server, and with comments that make it long. */
function fileOfServices(services: number, { commentLength = 0 } = {}): string {
  const comment = "x".repeat(commentLength);
  const entries = Array.from(
    { length: services },
    (_, index) => `  - { listen: "fwmark:${index + 1}", scheduler: rr, servers: [10.0.0.1] } # ${comment}\n`,
  );
  return `version: 1\nservices:\n${entries.join("")}`;
}

/** A file that takes long to read, by its size. */
const LARGE = fileOfServices(100, { commentLength: 2700 });

Deno.test("commands that read a large file show its name meanwhile, on a terminal only, and leave no trace", async () => {
  const directory = await Deno.makeTempDir();
  const [file, parent, small] = ["large.yaml", "parent.yaml", "small.yaml"].map((name) => `${directory}/${name}`);
  try {
    await Deno.writeTextFile(`${file}`, LARGE);
    await Deno.writeTextFile(`${parent}`, `version: 1\ninclude: [large.yaml]\n`);
    await Deno.writeTextFile(`${small}`, fileOfServices(2));
    const kernel = memoryKernel({});
    const lines = [
      [`config check ${file}`, file],
      [`config check ${parent}`, file],
      [`config fmt --write ${file}`, file],
      [`plan ${parent}`, file],
      [`apply ${file} --dry-run`, file],
      ["restore - --dry-run", "<stdin>"],
    ] as const;
    for (const [line, name] of lines) {
      const { code, texts, screen, err } = await shownBy(line, { kernel, stdin: LARGE });
      assert.equal(code, 0, err);
      assert.equal(texts[0], `reading ${name}`.slice(0, TERMINAL.columns - 1), line);
      assert.ok(!screen.text.some((text) => text.includes("reading")), line);
      const piped = await lvsctl(line, { kernel, stdin: LARGE });
      assert.doesNotMatch(piped.err, /reading/, line);
    }
    const quick = await shownBy(`config check ${small}`, {});
    assert.deepEqual(quick.texts.filter((text) => text.includes("reading")), []);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("a large file that is not valid is reported on a clean line", async () => {
  const { code, screen, err } = await shownBy("restore -", { stdin: `${LARGE}nope: 1\n` });
  assert.equal(code, 2);
  assert.match(err, /\n?lvsctl: .*nope/);
  assert.ok(screen.text.some((text) => text.startsWith("lvsctl: <stdin>:")), screen.text.join("\n"));
  assert.ok(!screen.text.some((text) => text.includes("reading")));
});

Deno.test("plan and restore of many services show how much of the kernel is read, and leave no trace", async () => {
  const services = Array.from({ length: 200 }, (_, index) => serviceEntry(`fwmark:${index + 1}`, "10.0.0.1:0"));
  const kernel = memoryKernel({ services });
  for (const line of ["plan -", "restore - --dry-run", "apply - --dry-run --prune"]) {
    const options = { kernel, clock: slowClock(), stdin: fileOfServices(200) };
    const { texts, screen } = await shownBy(line, options);
    const progress = texts.filter((text) => text.startsWith("planning"));
    assert.ok(progress.length > 2, line);
    for (const text of progress) assert.match(text, /^planning: read [\d,]+ of 200 services in the kernel$/);
    assert.deepEqual([screen.text.some((text) => text.startsWith("planning")), screen.wraps], [false, 0]);
    assert.doesNotMatch((await lvsctl(line, options)).err, /planning/);
  }
});

Deno.test("batch of many lines shows how many are read, and leaves no trace beside what it prints", async () => {
  const directory = await Deno.makeTempDir();
  const file = `${directory}/lvsctl.yaml`;
  await Deno.writeTextFile(file, "version: 9\n");
  try {
    const variables = (name: string): string | undefined => name === "LVSCTL_FILE" ? file : undefined;
    const marks = Array.from({ length: 14 }, (_, index) => `service add fwmark:${index + 1}\n`);
    const { code, texts, screen, err } = await shownBy("batch - --keep-going", {
      kernel: memoryKernel({}),
      clock: slowClock(),
      stdin: `${marks.slice(0, 7).join("")}server add web 10.0.0.1\n${marks.slice(7).join("")}`,
      surroundings: { ...systemSurroundings(), variables },
    });
    assert.equal(code, EXIT.partial, err);
    const progress = texts.filter((text) => text.startsWith("read "));
    assert.ok(progress.length > 2);
    for (const text of progress) assert.match(text, /^read \d+ of 15 lines$/);
    assert.match(err, /lvsctl: warning: [^\n]*; the names of its services are unknown\n/);
    assert.ok(screen.text.some((text) => text.startsWith("lvsctl: warning:")));
    assert.ok(!screen.text.some((text) => text.includes("of 15 lines")));
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

import assert from "node:assert/strict";
import { systemSurroundings } from "../../../../cli/context/surroundings.ts";
import { daemonFiles } from "../../../../cli/daemon/files.ts";
import { ControlServer } from "../../../../core/control/mod.ts";
import { EXIT, LvsctlError } from "../../../../core/errors/mod.ts";
import { lvsctl, type Printed } from "../../../support/command_line.ts";
import { memoryKernel } from "../../../support/kernel_state.ts";
import { serviceEntry } from "../../../support/samples.ts";

const [WEB, MAIL] = ["tcp://192.0.2.10:80", "tcp://192.0.2.10:25"];

const NO_CONNECTIONS = "Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Expires PEName PEData\n";

function refuse(): never {
  throw new LvsctlError("it has no names");
}

/** A machine whose daemon knows names, or on which no daemon runs. */
class Machine implements AsyncDisposable {
  readonly kernel = memoryKernel({
    services: [serviceEntry(WEB, "10.0.0.11:80", "10.0.0.12:80"), serviceEntry(MAIL, "10.0.0.11:25")],
  });
  readonly #root = Deno.makeTempDirSync();
  readonly #server: ControlServer | undefined;

  constructor(names?: readonly (readonly [string, string])[] | "refused") {
    if (names === undefined) return;
    const { socket } = daemonFiles({ run: this.#root, state: this.#root });
    this.#server = ControlServer.listen(socket, {
      commands: { names: () => names === "refused" ? refuse() : { names }, decisions: () => ({}) },
      onBug: (error) => assert.fail(String(error)),
    });
  }

  /** Writes the default file; without it, there is none. */
  writeFile(text: string): void {
    Deno.writeTextFileSync(this.file, text);
  }

  get file(): string {
    return `${this.#root}/lvsctl.yaml`;
  }

  async run(words: readonly string[], stdin = ""): Promise<Printed> {
    const directories = { run: this.#root, state: `${this.#root}/state` };
    const variables = (name: string): string | undefined => name === "LVSCTL_FILE" ? this.file : undefined;
    const surroundings = { ...systemSurroundings(), variables };
    const options = { kernel: this.kernel, directories, stdin, surroundings, connections: NO_CONNECTIONS };
    return await lvsctl(words.join(" "), options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server?.[Symbol.asyncDispose]();
    Deno.removeSync(this.#root, { recursive: true });
  }
}

const NAMES = [["web", WEB], ["mail", MAIL], ["both", WEB], ["both", MAIL]] as const;

Deno.test("a service's name in the daemon's file stands for the service wherever one is asked for", async () => {
  await using machine = new Machine(NAMES);
  for (
    const line of [
      "service show web --json",
      "server list web",
      "list web",
      "server edit web 10.0.0.11 --weight 2",
      "server add web 10.0.0.13 --dry-run",
      "server delete mail 10.0.0.11 --dry-run",
      "service edit web -s wlc --dry-run",
      "service delete web mail --dry-run",
      "connections --service web --json",
      "connections --service=web --json",
    ]
  ) {
    const named = await machine.run([line]);
    assert.deepEqual([named.code, named.err], [EXIT.ok, ""], line);
  }
  const { out } = await machine.run(["server list web"]);
  assert.match(out, /10\.0\.0\.11:80 .* 2 /);
});

Deno.test("a service's name works in the lines of a batch", async () => {
  await using machine = new Machine(NAMES);
  const { code, out } = await machine.run(["batch -"], "server add web 10.0.0.21\nserver edit mail 10.0.0.11 -w 9\n");
  assert.equal(code, EXIT.ok);
  assert.match(out, /add real server 10\.0\.0\.21:80 of tcp:\/\/192\.0\.2\.10:80[^]*10\.0\.0\.11:25 .*weight 1 -> 9/);
});

Deno.test("an unknown name, or one of several services, is wrong usage", async () => {
  await using machine = new Machine(NAMES);
  const similar = await machine.run(["service show wbe"]);
  assert.deepEqual(similar, {
    code: EXIT.usage,
    out: "",
    err: 'lvsctl: no service has the name "wbe"; did you mean "web"?\n',
  });
  const unknown = await machine.run(["service show other-name"]);
  assert.equal(unknown.code, EXIT.usage);
  assert.match(
    unknown.err,
    /^lvsctl: "other-name" is not a virtual service; write .*; or the name of a service in the file of the daemon or, without one, in the default file\n/,
  );
  const several = await machine.run(["service show both"]);
  assert.deepEqual(several, {
    code: EXIT.usage,
    out: "",
    err: `lvsctl: both is the name of ${WEB} and ${MAIL}; name one of them\n`,
  });
});

Deno.test("service add offers the similar name of a service that the table does not have, and no other", async () => {
  await using machine = new Machine([...NAMES, ["webs", "tcp://192.0.2.10:443"]]);
  assert.match((await machine.run(["service add webx"])).err, /did you mean "webs"\?\n/);
  assert.equal((await machine.run(["service add webs"])).code, EXIT.ok);
  for (const line of ["service add webx", "service add mial"]) {
    const { code, err } = await machine.run([line]);
    assert.deepEqual([code, /did you mean/.test(err)], [EXIT.usage, false], err);
    assert.match(err, /^lvsctl: "(webx|mial)" is not a virtual service; write /);
  }
  assert.match((await machine.run(["service edit mial -s rr"])).err, /did you mean "mail"\?\n/);
});

Deno.test("without a daemon, or with one that knows no names, a name is not a service", async () => {
  await using none = new Machine();
  await using silent = new Machine([]);
  for (const machine of [none, silent]) {
    const { code, err } = await machine.run(["service show web"]);
    assert.equal(code, EXIT.usage);
    assert.match(err, /^lvsctl: "web" is not a virtual service; /);
  }
});

Deno.test("a daemon that does not tell its names is named beside the name that is not found", async () => {
  await using machine = new Machine("refused");
  const { code, err } = await machine.run(["service show web"]);
  assert.equal(code, EXIT.usage);
  assert.match(
    err,
    /^lvsctl: warning: it has no names; the names of its services are unknown\nlvsctl: "web" is not a virtual service; /,
  );
});

const FILE = `version: 1
services:
  - { name: web, listen: "${WEB}", servers: [10.0.0.11, web.example] }
  - { name: mail, listen: ["${MAIL}", "tcp://192.0.2.11:25"], servers: [10.0.0.11] }
  - { name: far, listen: fwmark:9 }
`;

Deno.test("without a daemon, a service's name in the default file stands for the service", async () => {
  await using machine = new Machine();
  machine.writeFile(FILE);
  for (
    const line of [
      "service show web --json",
      "server list web",
      "list web",
      "server edit web 10.0.0.11 --weight 2",
      "connections --service web",
      "explain 198.51.100.7 web",
      "zero web",
      "service delete far --if-exists",
    ]
  ) {
    const { code, err } = await machine.run([line]);
    assert.deepEqual([code, err], [EXIT.ok, ""], line);
  }
  assert.match((await machine.run(["explain 198.51.100.7 web"])).out, /^198\.51\.100\.7 to tcp:\/\/192\.0\.2\.10:80: /);
  const batch = await machine.run(["batch -"], "server add web 10.0.0.21\n");
  assert.match(batch.out, /add real server 10\.0\.0\.21:80 of tcp:\/\/192\.0\.2\.10:80/);
});

Deno.test("a name of several services in the default file is refused with all of them", async () => {
  await using machine = new Machine();
  machine.writeFile(FILE);
  const { code, err } = await machine.run(["service show mail"]);
  assert.deepEqual([code, err], [
    EXIT.usage,
    `lvsctl: mail is the name of ${MAIL} and tcp://192.0.2.11:25; name one of them\n`,
  ]);
});

Deno.test("a default file that is not valid is a warning about its names, and a name stays unknown", async () => {
  await using machine = new Machine();
  machine.writeFile(FILE.replace("listen", "lisen"));
  const { code, err } = await machine.run(["service show web"]);
  assert.equal(code, EXIT.usage);
  assert.match(
    err,
    /^lvsctl: warning: \S+lvsctl\.yaml:3:5: missing key listen: .*; the names of its services are unknown\nlvsctl: "web" is not a virtual service; /,
  );
  assert.deepEqual(await machine.run([`service show ${MAIL} --json`]).then((printed) => printed.err), "");
});

Deno.test("the daemon's names count, and not those of the default file", async () => {
  await using machine = new Machine(NAMES);
  machine.writeFile(FILE.replace("name: web", "name: other"));
  assert.equal((await machine.run(["service show web"])).code, EXIT.ok);
  assert.equal((await machine.run(["service show other"])).code, EXIT.usage);
});

Deno.test("__names prints the names of the default file, for the parts of the program without its reader", async () => {
  await using machine = new Machine();
  assert.deepEqual(await machine.run(["__names"]), { code: EXIT.ok, out: "", err: "" });
  machine.writeFile(FILE);
  const { out } = await machine.run(["__names"]);
  assert.equal(out, `web\t${WEB}\nmail\t${MAIL}\nmail\ttcp://192.0.2.11:25\nfar\tfwmark:9\n`);
});

Deno.test("__complete offers services by their addresses and names, and the servers of a named service", async () => {
  await using machine = new Machine();
  machine.writeFile(FILE);
  const words = async (line: string): Promise<readonly string[]> =>
    (await machine.run([`__complete -- ${line}`])).out.trimEnd().split("\n").map((each) => each.trimEnd());
  assert.deepEqual(await words("service show "), [MAIL, WEB, "web", "mail", "far"]);
  assert.deepEqual(await words("service show w"), ["web"]);
  assert.deepEqual((await words("server edit web ")).toSorted(), ["10.0.0.11:80", "10.0.0.12:80"]);
});

import assert from "node:assert/strict";
import { daemonFiles } from "../../../../cli/daemon/files.ts";
import { ControlServer } from "../../../../core/control/mod.ts";
import { EXIT } from "../../../../core/errors/mod.ts";
import { lvsctl, type Printed } from "../../../support/command_line.ts";
import { memoryKernel } from "../../../support/kernel_state.ts";
import { serviceEntry } from "../../../support/samples.ts";

const [WEB, MAIL] = ["tcp://192.0.2.10:80", "tcp://192.0.2.10:25"];

/** A machine whose daemon knows names, or on which no daemon runs. */
class Machine implements AsyncDisposable {
  readonly kernel = memoryKernel({
    services: [serviceEntry(WEB, "10.0.0.11:80", "10.0.0.12:80"), serviceEntry(MAIL, "10.0.0.11:25")],
  });
  readonly #root = Deno.makeTempDirSync();
  readonly #server: ControlServer | undefined;

  constructor(names?: readonly (readonly [string, string])[]) {
    if (names === undefined) return;
    const { socket } = daemonFiles({ run: this.#root, state: this.#root });
    this.#server = ControlServer.listen(socket, {
      commands: { names: () => ({ names }), decisions: () => ({}) },
      onBug: (error) => assert.fail(String(error)),
    });
  }

  async run(words: readonly string[], stdin = ""): Promise<Printed> {
    const directories = { run: this.#root, state: `${this.#root}/state` };
    return await lvsctl(words.join(" "), { kernel: this.kernel, directories, stdin });
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
  const unknown = await machine.run(["service show wbe"]);
  assert.equal(unknown.code, EXIT.usage);
  assert.match(
    unknown.err,
    /^lvsctl: "wbe" is not a virtual service; write .*; or the name of a service of the daemon's file\n/,
  );
  const several = await machine.run(["service show both"]);
  assert.deepEqual(several, {
    code: EXIT.usage,
    out: "",
    err: `lvsctl: both is the name of ${WEB} and ${MAIL}; name one of them\n`,
  });
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

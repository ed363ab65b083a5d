import assert from "node:assert/strict";
import { daemonCommands } from "../../cli/daemon/control.ts";
import { daemonFiles } from "../../cli/daemon/files.ts";
import { type ControlCommands, ControlServer } from "../../core/control/mod.ts";
import { lvsctl, type Printed } from "./command_line.ts";

type Answers = Parameters<typeof daemonCommands>[0];

/** A daemon that answers some requests of commands; any other request fails the test. */
export class AnsweringDaemon implements AsyncDisposable {
  readonly #root = Deno.makeTempDirSync();
  readonly #server: ControlServer;
  /** Its directories. */
  readonly directories = { run: `${this.#root}/run`, state: `${this.#root}/state` };
  /** All its commands. */
  readonly commands: ControlCommands;

  /** Listens in a directory of its own. */
  constructor(answers: Partial<Answers>) {
    this.commands = daemonCommands({
      report: unused,
      names: unused,
      decisions: unused,
      metrics: unused,
      reload: unused,
      readOverrides: unused,
      routers: unused,
      setReleased: unused,
      sources: unused,
      acceptSource: unused,
      ...answers,
    });
    Deno.mkdirSync(this.directories.run);
    this.#server = ControlServer.listen(daemonFiles(this.directories).socket, {
      commands: this.commands,
      onBug: (error) => assert.fail(String(error)),
    });
  }

  /** Runs a command line that finds this daemon. */
  run(line: string): Promise<Printed> {
    return lvsctl(line, { directories: this.directories });
  }

  /** Stops listening, and removes its directories. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server[Symbol.asyncDispose]();
    await Deno.remove(this.#root, { recursive: true });
  }
}

function unused(): never {
  return assert.fail("not for this test");
}

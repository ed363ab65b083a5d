import assert from "node:assert/strict";
import { statusCommands } from "../../../../cli/daemon/control.ts";
import { EXIT, LvsctlError } from "../../../../core/errors/mod.ts";
import { AnsweringDaemon } from "../../../support/answering_daemon.ts";
import { lvsctl } from "../../../support/command_line.ts";
import { sourceStatuses } from "../../../support/source_status.ts";

const NAME = "srv _http._tcp.web.example.com";

/** A daemon with sources of servers. */
class Daemon extends AnsweringDaemon {
  /** The sources whose lists were accepted. */
  readonly accepted: string[] = [];

  constructor() {
    super({
      sources: sourceStatuses,
      acceptSource: (name) => {
        if (name !== NAME) throw new LvsctlError(`no source has the name "${name}"`);
        this.accepted.push(name);
      },
    });
  }
}

Deno.test("discovery status shows servers, age and problem of each source", async () => {
  await using daemon = new Daemon();
  const { code, out, err } = await daemon.run("discovery status");
  assert.deepEqual([code, err], [EXIT.ok, ""]);
  assert.match(out, /^SOURCE +SERVERS +AGE +STATE$/m);
  assert.match(out, /^srv _http\._tcp\.web\.example\.com +3 +\S+ +ok$/m);
  assert.match(out, /^file \S+ +3 +\S+ +No such file or directory$/m);
  assert.match(out, /^names web\.example\.com +3 +\S+ +refused: the list lacks 2 of 3 servers, more than 50%$/m);
  assert.match(out, /^http \S+ +- +- +status 503$/m);
});

Deno.test("discovery accept takes the name of a source as one word or as several", async () => {
  await using daemon = new Daemon();
  assert.deepEqual(await daemon.run(`discovery accept ${NAME}`), { code: EXIT.ok, out: "", err: "" });
  assert.deepEqual(daemon.accepted, [NAME]);
  const { code, err } = await daemon.run("discovery accept srv other");
  assert.equal(code, EXIT.refused);
  assert.match(err, /no source has the name "srv other"/);
});

Deno.test("the socket for a group shows the sources, and accepts no list", async () => {
  await using daemon = new Daemon();
  const names = Object.keys(statusCommands(daemon.commands));
  assert.deepEqual([names.includes("discovery"), names.includes("discovery-accept")], [true, false]);
});

Deno.test("discovery needs a daemon", async () => {
  for (const line of ["discovery status", `discovery accept ${NAME}`]) {
    assert.equal((await lvsctl(line)).code, EXIT.noDaemon, line);
  }
});

import assert from "node:assert/strict";
import { VrrpSpeaker, type VrrpSpeakerOptions } from "../../../../cli/daemon/vrrp_speaker.ts";
import type { RouterStatus, SpeakerMessage } from "../../../../core/vrrp/mod.ts";
import { fieldsOf, itemsOf } from "../../../../core/json/mod.ts";
import { parseConfig } from "../../../../core/config/mod.ts";
import { routerStatuses } from "../../../support/router_status.ts";
import { FakeClock } from "../../../support/fake_clock.ts";

const DESIRED = await parseConfig(
  "version: 1\nvrrp: [{ name: edge, vrid: 51, device: eth0, vips: 192.0.2.10 }]\nservices: []\n",
  { file: "web.yaml" },
);

/** A program that copies its input to standard error's place, a file, and prints the given text first. */
interface Bench extends AsyncDisposable {
  readonly speaker: VrrpSpeaker;
  readonly clock: FakeClock;
  readonly problems: string[];
  readonly lost: readonly string[];
  /** How often addresses were removed. */
  readonly removals: { readonly count: number };
  /** Lets a process go on that waits for the file `$FILE.go`. */
  go(): void;
  /** The commands that the processes have received. */
  received(): readonly unknown[];
}

function start(script: string, options: Partial<VrrpSpeakerOptions> = {}): Bench {
  const directory = Deno.makeTempDirSync();
  const file = `${directory}/commands`;
  Deno.writeTextFileSync(file, "");
  const clock = new FakeClock();
  const problems: string[] = [];
  const lost: string[] = [];
  const removals = { count: 0 };
  const speaker = new VrrpSpeaker({
    program: () => ({ path: "/bin/sh", args: ["-c", script], env: { FILE: file, PATH: "/usr/bin:/bin" } }),
    adopt: () => Promise.resolve(undefined),
    isReachable: () => Promise.resolve(true),
    removeLeftovers: () => removals.count++,
    onEvent: () => {},
    onStatus: () => {},
    onAdopted: () => {},
    onLost: (reason) => lost.push(reason),
    onProblem: (message) => problems.push(message),
    clock,
    ...options,
  });
  return {
    speaker,
    clock,
    problems,
    lost,
    removals,
    go: () => Deno.writeTextFileSync(`${file}.go`, ""),
    received: () =>
      Deno.readTextFileSync(file).split("\n").filter((line) => line !== "").map((line): unknown => JSON.parse(line)),
    [Symbol.asyncDispose]: async () => {
      await speaker[Symbol.asyncDispose]();
      Deno.removeSync(directory, { recursive: true });
    },
  };
}

/** Waits for a condition of another process. */
async function until(holds: () => boolean): Promise<void> {
  const limit = performance.now() + 5000;
  while (!holds()) {
    assert.ok(performance.now() < limit, "it does not happen");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Copies its input until the command to stop. */
const COPY = 'while read -r line; do echo "$line" >>"$FILE"; case $line in *stop*) exit;; esac; done';

/** Copies its input too, and answers each command. */
const ANSWER = COPY.replace("; done", '; echo "$ANSWER"; done');

function kinds(bench: Bench): readonly unknown[] {
  return bench.received().map((command) => Object(command).kind);
}

Deno.test("VrrpSpeaker starts no process for a file without routers", async () => {
  await using bench = start(COPY);
  bench.speaker.load({});
  assert.deepEqual(bench.received(), []);
});

Deno.test("VrrpSpeaker configures the process, gives signs of life, and stops it in order", async () => {
  const bench = start(COPY);
  bench.speaker.load(DESIRED);
  await bench.clock.advance(0);
  bench.speaker.track({ "service web": "bad" });
  bench.speaker.setReleased("edge", true);
  await bench.clock.advance(1000);
  await until(() => kinds(bench).length === 6);
  assert.deepEqual(kinds(bench), ["track", "configure", "alive", "track", "release", "alive"]);
  const kept = bench.received;
  await bench.speaker[Symbol.asyncDispose]();
  assert.equal(Object(kept().at(-1)).kind, "stop");
  assert.deepEqual(bench.problems, []);
  await bench[Symbol.asyncDispose]();
});

Deno.test("VrrpSpeaker keeps the process although what follows its routers fails", async () => {
  const status = JSON.stringify({ kind: "status", routers: routerStatuses(), discarded: {} });
  const event = JSON.stringify({
    kind: "event",
    event: { kind: "problem", name: "edge", family: "ipv4", message: "x" },
  });
  const fail = (): never => {
    throw new TypeError("it is not a function");
  };
  await using bench = start(`echo '${event}'; echo '${status}'; ${COPY}`, { onEvent: fail, onStatus: fail });
  bench.speaker.load(DESIRED);
  await bench.clock.advance(0);
  await until(() => bench.problems.length === 2);
  assert.deepEqual(new Set(bench.problems), new Set(["internal error: it is not a function"]));
  assert.deepEqual([bench.speaker.routers.length, bench.lost], [2, []]);
});

Deno.test("VrrpSpeaker keeps the last reported state, and starts a process again that ends", async () => {
  const status = JSON.stringify({ kind: "status", routers: routerStatuses(), discarded: {} });
  await using bench = start(`echo '${status}'; ${COPY}`);
  bench.speaker.load(DESIRED);
  await bench.clock.advance(0);
  bench.speaker.setReleased("edge", true);
  await until(() => bench.speaker.routers.length === 2);
  bench.speaker.track({ stop: "good" });
  await until(() => bench.problems.length === 1);
  assert.deepEqual(bench.problems, [
    "the process of the virtual routers has ended (status 0); it starts again",
  ]);
  assert.deepEqual(bench.lost, ["the process of the virtual routers has ended (status 0)"]);
  assert.deepEqual(bench.speaker.routers, []);
  assert.equal(bench.removals.count, 1);
  bench.speaker.track({});
  const before = bench.received().length;
  await bench.clock.advance(1000);
  await until(() => bench.received().length >= before + 4);
  assert.deepEqual(kinds(bench).slice(before, before + 4), ["track", "release", "configure", "alive"]);
});

Deno.test("VrrpSpeaker replaces a process that does not answer, and keeps one that does", async () => {
  const answer = JSON.stringify({ kind: "status", routers: [], discarded: { vrid: 3 } });
  await using answering = start(`ANSWER='${answer}'; ${ANSWER}`);
  answering.speaker.load(DESIRED);
  await answering.clock.advance(0);
  for (let second = 0; second < 15; second++) {
    await answering.clock.advance(1000);
    await until(() => kinds(answering).filter((kind) => kind === "alive").length === second + 2);
    await until(() => answering.speaker.discarded.vrid === 3);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  assert.deepEqual(answering.problems, []);

  await using silent = start(COPY);
  silent.speaker.load(DESIRED);
  await silent.clock.advance(0);
  await silent.clock.advance(9000);
  assert.deepEqual(silent.problems, []);
  await silent.clock.advance(1000);
  await until(() => silent.problems.length === 2);
  assert.deepEqual(silent.problems, [
    "the process of the virtual routers does not answer; it is replaced",
    "the process of the virtual routers has ended (SIGKILL); it starts again",
  ]);
  assert.equal(silent.removals.count, 1);
});

Deno.test("VrrpSpeaker leaves a process that goes on, and removes and restarts nothing", async () => {
  // The process notes the end of its input, which a stop would come before.
  await using bench = start(`${COPY}; echo '{"kind":"end"}' >>"$FILE"`);
  bench.speaker.load(DESIRED);
  await bench.clock.advance(0);
  assert.equal(await bench.speaker.leave({ forMs: 30_000 }), true);
  await until(() => kinds(bench).includes("end"));
  assert.deepEqual(bench.received().slice(-2), [{ kind: "hold", forMs: 30_000 }, { kind: "end" }]);
  await bench.clock.advance(60_000);
  assert.deepEqual([bench.problems, bench.lost, bench.removals.count], [[], [], 0]);
});

Deno.test("VrrpSpeaker stops a process that the next daemon could not reach", async () => {
  await using bench = start(COPY, { isReachable: () => Promise.resolve(false) });
  bench.speaker.load(DESIRED);
  await bench.clock.advance(0);
  assert.equal(await bench.speaker.leave({ forMs: 30_000 }), false);
  assert.equal(kinds(bench).at(-1), "stop");
  assert.deepEqual(bench.problems, [
    "the next daemon cannot reach the process of the virtual routers: it gives up its addresses",
  ]);
  assert.deepEqual([bench.lost, bench.removals.count], [[], 1]);
});

Deno.test("VrrpSpeaker without a process leaves nothing", async () => {
  await using bench = start(COPY);
  await bench.speaker.leave({ forMs: 30_000 });
  bench.speaker.load(DESIRED);
  await bench.clock.advance(0);
  assert.deepEqual(bench.received(), []);
});

Deno.test("VrrpSpeaker hands on the routers of a process that it takes over, once, and leaves it again", async () => {
  const adopted: string[] = [];
  const statuses: number[] = [];
  const log: string[] = [];
  const end = Promise.withResolvers<void>();
  const status = { kind: "status", routers: routerStatuses(), discarded: {} } as const;
  async function* messages(): AsyncGenerator<SpeakerMessage> {
    yield { kind: "hello", version: "1.2.3", pid: 1 };
    yield status;
    yield status;
    await end.promise;
  }
  const clock = new FakeClock();
  const speaker = new VrrpSpeaker({
    program: () => assert.fail("a second process starts"),
    adopt: () =>
      Promise.resolve({
        link: {
          messages: messages(),
          send: ({ kind }) => void log.push(kind),
          leave: () => {
            log.push("left");
            end.resolve();
            return Promise.resolve();
          },
          kill: () => log.push("kill"),
          end: () => Promise.resolve("its connection is closed"),
        },
      }),
    isReachable: () => Promise.resolve(true),
    removeLeftovers: () => log.push("removed"),
    onEvent: () => {},
    onStatus: (routers) => statuses.push(routers.length),
    onAdopted: (routers) => adopted.push(routers.map(({ name, family }) => `${name} ${family}`).join()),
    onLost: (reason) => log.push(reason),
    onProblem: (message) => log.push(message),
    clock,
  });
  speaker.load(DESIRED);
  await until(() => adopted.length > 0);
  await speaker.leave({ forMs: 5 });
  await clock.advance(5000);
  assert.deepEqual(adopted, ["edge ipv4,edge ipv6"]);
  assert.deepEqual(statuses, [2, 2]);
  assert.deepEqual(log, ["track", "configure", "alive", "hold", "left"]);
});

Deno.test("VrrpSpeaker keeps an instance released that a former daemon has released, also in a process that it starts later", async () => {
  const end = Promise.withResolvers<void>();
  const routers = routerStatuses().map((router) => ({ ...router, state: "released" as const }));
  async function* messages(): AsyncGenerator<SpeakerMessage> {
    yield { kind: "status", routers, discarded: {} };
    await end.promise;
  }
  const nothing = (): void => {};
  const link = {
    messages: messages(),
    send: nothing,
    leave: () => Promise.resolve(),
    kill: nothing,
    end: () => Promise.resolve("its connection is closed"),
  };
  await using bench = start(COPY, { adopt: () => Promise.resolve({ link }) });
  bench.speaker.load(DESIRED);
  await until(() => bench.speaker.routers.length > 0);
  end.resolve();
  await until(() => bench.lost.length > 0);
  await bench.clock.advance(1000);
  await until(() => kinds(bench).includes("configure"));
  assert.deepEqual(bench.received()[1], { kind: "release", name: "edge", isReleased: true });
});

const HELLO = JSON.stringify({ kind: "hello", version: "1.2.3", pid: 1 });

/** A process of another version, and what is asked of it. */
function formerProcess(log: string[]): Pick<VrrpSpeakerOptions, "adopt" | "onAdopted"> {
  const [edge, ipv6] = routerStatuses();
  assert.ok(edge !== undefined && ipv6 !== undefined);
  const former = {
    leave: () => {
      log.push("leave");
      return Promise.resolve([edge, { ...ipv6, name: "other", state: "released" as const }]);
    },
    stop: () => {
      log.push("stop");
      return Promise.resolve();
    },
    alive: () => log.push("alive"),
    hold: ({ forMs }: { readonly forMs: number }) => {
      log.push(`hold ${forMs}`);
      return Promise.resolve();
    },
  };
  return {
    adopt: () => Promise.resolve({ former }),
    onAdopted: (routers) => log.push(...routers.map(({ name, state }) => `${name} ${state}`)),
  };
}

Deno.test("VrrpSpeaker replaces a process of another version when its own one is ready, and continues its active routers", async () => {
  const log: string[] = [];
  await using bench = start(`echo '${HELLO}'; ${COPY}`, formerProcess(log));
  bench.speaker.load(DESIRED);
  await until(() => kinds(bench).length >= 4);
  assert.deepEqual(kinds(bench), ["track", "release", "configure", "alive"]);
  assert.deepEqual(log, ["alive", "leave", "edge active", "other released"]);
  const { continued } = Object(bench.received()[2]);
  assert.deepEqual(itemsOf(continued).map((router) => fieldsOf(router)["name"]), ["edge"]);
  assert.equal(bench.removals.count, 0);
});

Deno.test("VrrpSpeaker lets a process of another version give up its addresses if its own one does not start within 20 s", async () => {
  const log: string[] = [];
  await using bench = start("exit 3", formerProcess(log));
  bench.speaker.load(DESIRED);
  while (!log.includes("stop")) {
    const tries = bench.problems.length;
    await until(() => bench.problems.length > tries);
    await bench.clock.advance(1000);
  }
  assert.deepEqual(log, [...Array.from({ length: 21 }, () => "alive"), "stop"]);
  assert.match(bench.problems[0] ?? "", /not ready; that of another version goes on meanwhile$/);
  assert.match(bench.problems[20] ?? "", /not ready; that of another version gives up its addresses$/);
  // One that does not stop in time is killed.
  await until(() => bench.removals.count === 1);
  assert.deepEqual(bench.lost, []);
});

Deno.test("VrrpSpeaker replaces a process of another version with a later one of its own if the first does not start", async () => {
  const log: string[] = [];
  const script = `echo '{"kind":"start"}' >>"$FILE"; [ $(wc -l <"$FILE") -gt 1 ] || exit 3; echo '${HELLO}'; ${COPY}`;
  await using bench = start(script, formerProcess(log));
  bench.speaker.load(DESIRED);
  await until(() => bench.problems.length > 0);
  await bench.clock.advance(1000);
  await until(() => kinds(bench).includes("configure"));
  assert.deepEqual(log, ["alive", "alive", "leave", "edge active", "other released"]);
});

Deno.test("VrrpSpeaker waits for a process of its own that is slow, and replaces that of another version then", async () => {
  const log: string[] = [];
  await using bench = start(
    `while [ ! -e "$FILE.go" ]; do sleep 0.01; done; echo '${HELLO}'; ${COPY}`,
    formerProcess(log),
  );
  bench.speaker.load(DESIRED);
  await until(() => log.length > 0);
  await bench.clock.advance(9000);
  bench.go();
  await until(() => kinds(bench).includes("configure"));
  assert.deepEqual([log, bench.problems], [["alive", "leave", "edge active", "other released"], []]);
});

Deno.test("VrrpSpeaker leaves a process of another version to the next daemon if its own one is not ready, and stops it otherwise", async () => {
  const cases = [["leave", true, "hold 5000"], ["leave", false, "stop"], ["stop", true, "stop"]] as const;
  for (const [end, isReachable, expected] of cases) {
    const log: string[] = [];
    await using bench = start(COPY, { ...formerProcess(log), isReachable: () => Promise.resolve(isReachable) });
    bench.speaker.load(DESIRED);
    await until(() => log.length > 0);
    const ended = end === "leave" ? bench.speaker.leave({ forMs: 5000 }) : bench.speaker[Symbol.asyncDispose]();
    await bench.clock.advance(10_000);
    await ended;
    assert.deepEqual(log, ["alive", expected]);
    assert.deepEqual(bench.problems, []);
  }
});

Deno.test("VrrpSpeaker replaces a process of another version also if the daemon is restarted meanwhile, and leaves its own one", async () => {
  const log: string[] = [];
  await using bench = start(
    `while [ ! -e "$FILE.go" ]; do sleep 0.01; done; echo '${HELLO}'; ${COPY}`,
    formerProcess(log),
  );
  bench.speaker.load(DESIRED);
  await until(() => log.length > 0);
  const ended = bench.speaker.leave({ forMs: 5000 });
  bench.go();
  await ended;
  assert.deepEqual(log, ["alive", "leave", "edge active", "other released"]);
  await until(() => kinds(bench).includes("hold"));
  assert.deepEqual(kinds(bench).filter((kind) => kind !== "release"), ["track", "configure", "hold"]);
});

Deno.test("VrrpSpeaker removes the addresses of a process of another version if its own one ends before it continues them", async () => {
  const log: string[] = [];
  const former = formerProcess(log);
  await using bench = start(`echo '{"pid":'$$'}' >>"$FILE"; echo '${HELLO}'; exit 3`, {
    ...former,
    adopt: async () => {
      const adoption = await former.adopt();
      assert.ok(adoption !== undefined && "former" in adoption);
      const leave = async (): Promise<readonly RouterStatus[]> => {
        await until(() => !isAlive(Object(bench.received()[0]).pid));
        // The end of its output comes after that.
        await new Promise((resolve) => setTimeout(resolve, 20));
        return adoption.former.leave();
      };
      return { former: { ...adoption.former, leave } };
    },
  });
  bench.speaker.load(DESIRED);
  await until(() => bench.lost.length > 0);
  assert.deepEqual(log, ["alive", "leave", "edge active", "other released"]);
  assert.deepEqual(bench.lost, ["the process of the virtual routers has ended (status 3)"]);
  assert.equal(bench.removals.count, 1);
  await bench.clock.advance(1000);
  await until(() => bench.received().length === 2);
});

/** Whether a process runs, or its end is not noticed yet. */
function isAlive(pid: unknown): boolean {
  try {
    return Deno.statSync(`/proc/${pid}`).isDirectory;
  } catch {
    return false;
  }
}

Deno.test("VrrpSpeaker ends the process of a former daemon if its first file has no routers, and starts one with a later file", async () => {
  const log: string[] = [];
  const formers = [formerProcess(log)];
  await using bench = start(`echo '${HELLO}'; ${COPY}`, {
    adopt: () => formers.pop()?.adopt() ?? Promise.resolve(undefined),
  });
  bench.speaker.load({});
  bench.speaker.load({});
  await until(() => log.length > 0);
  assert.deepEqual(log, ["stop"]);
  await until(() => bench.removals.count === 1);
  bench.speaker.load(DESIRED);
  await until(() => kinds(bench).includes("configure"));
  assert.deepEqual(log, ["stop"]);
});

Deno.test("VrrpSpeaker ends a process that it has left if no other daemon follows", async () => {
  const log: string[] = [];
  const { adopt } = formerProcess(log);
  await using bench = start(COPY);
  assert.equal(await bench.speaker.recall(), false);
  assert.equal(bench.removals.count, 0);
  await using other = start(COPY, { adopt });
  assert.equal(await other.speaker.recall(), true);
  assert.deepEqual([log, other.removals.count], [["stop"], 1]);
});

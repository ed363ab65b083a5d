import assert from "node:assert/strict";
import { toAgentJob } from "../../../../../core/health/agents/job.ts";
import { type AgentResult, askAgent, monitorAgents } from "../../../../../core/health/mod.ts";
import {
  type Agent,
  DEFAULT_AGENT_TIMING,
  DEFAULT_HTTP,
  type HttpAgent,
  parseIpAddress,
  parseServiceId,
} from "../../../../../core/model/mod.ts";
import { FakeClock } from "../../../../support/fake_clock.ts";
import {
  blackHole,
  closedPort,
  eventLoopTurns,
  readRequest,
  type Serve,
  serveTcp,
  untilClosed,
  writeText,
} from "../../../../support/loopback.ts";

const TCP: Agent = { type: "tcp", ...DEFAULT_AGENT_TIMING, timeoutMs: 5000 };
const { expect: _expect, ...QUESTION } = DEFAULT_HTTP;

function http(json: HttpAgent["json"]): Agent {
  return { ...QUESTION, json, ...DEFAULT_AGENT_TIMING, timeoutMs: 5000 };
}

function exec(script: string): Agent {
  return {
    type: "exec",
    command: ["/bin/sh", "-c", script, "agent", "{server}"],
    environment: [["MOOD", "drain"]],
    service: parseServiceId("tcp://192.0.2.1:80"),
    ...DEFAULT_AGENT_TIMING,
    timeoutMs: 5000,
  };
}

/** What a result is, without its time. */
function untimed(result: AgentResult): Omit<AgentResult, "latencyMs"> {
  const { latencyMs, ...rest } = result;
  assert.ok(latencyMs >= 0);
  return rest;
}

async function ask(agent: Agent, serve: Serve): Promise<Omit<AgentResult, "latencyMs">> {
  await using server = serveTcp(serve);
  return untimed(await askAgent(server.target, agent));
}

/** Serves one JSON document, or what is none. */
function document(body: string, status = "200 OK"): Serve {
  return async (connection) => {
    await readRequest(connection);
    await writeText(connection, `HTTP/1.1 ${status}\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
  };
}

Deno.test("tcp agent: a line is an answer, though the connection stays open", async () => {
  const result = await ask(TCP, async (connection) => {
    await writeText(connection, "75% up maxconn:30 ");
    await eventLoopTurns();
    await writeText(connection, "# fine\nand more");
    await untilClosed(connection);
  });
  assert.deepEqual(result, {
    ok: true,
    answer: { percent: 75, health: "up", reason: "fine" },
    detail: "75%, up (fine); ignored: maxconn:30",
  });
});

Deno.test("tcp agent: the end of the connection ends the line", async () => {
  const result = await ask(TCP, (connection) => writeText(connection, "drain"));
  assert.deepEqual(result, { ok: true, answer: { mode: "drain" }, detail: "drain" });
});

Deno.test("tcp agent: something is sent first where that is configured", async () => {
  let heard = "";
  await ask({ ...TCP, send: "web1\n" }, async (connection) => {
    const buffer = new Uint8Array(100);
    const count = await connection.read(buffer);
    heard = new TextDecoder().decode(buffer.subarray(0, count ?? 0));
    await writeText(connection, "up\n");
  });
  assert.equal(heard, "web1\n");
});

for (
  const [text, reason] of [
    ["", "empty answer"],
    ["\n75%", 'no known word in the answer "75%"'],
    ["SSH-2.0-OpenSSH_9.2\r\n", 'no known word in the answer "SSH-2.0-OpenSSH_9.2"'],
    ["x".repeat(5000), `no known word in the answer "${"x".repeat(77)}..."`],
  ] as const
) {
  Deno.test(`tcp agent: ${JSON.stringify(text.slice(0, 20))} is no answer`, async () => {
    const result = await ask(TCP, (connection) => writeText(connection, text));
    assert.deepEqual(result, { ok: false, reason });
  });
}

Deno.test("tcp agent: a refused connection is a result", async () => {
  const result = untimed(await askAgent(closedPort(), TCP));
  assert.deepEqual(result, { ok: false, reason: "connection refused (ECONNREFUSED)" });
});

Deno.test("tcp agent: the deadline ends connecting to a black hole", async () => {
  using hole = await blackHole();
  const clock = new FakeClock();
  const pending = askAgent(hole.target, { ...TCP, timeoutMs: 1000 }, { clock });
  await clock.advance(1000);
  assert.deepEqual(await pending, { ok: false, latencyMs: 1000, reason: "no connection within 1s" });
  assert.equal(clock.pending, 0);
});

Deno.test("tcp agent: the deadline ends a line that is never complete", async () => {
  await using server = serveTcp(async (connection) => {
    await writeText(connection, "75");
    await untilClosed(connection);
  });
  const result = untimed(await askAgent(server.target, { ...TCP, timeoutMs: 100 }));
  assert.deepEqual(result, { ok: false, reason: "no end of the line within 100ms" });
});

Deno.test("an agent without a port is nothing to ask, and not its fault", async () => {
  const result = await askAgent({ address: parseIpAddress("127.0.0.1"), port: 0 }, TCP);
  assert.deepEqual(result, {
    ok: false,
    latencyMs: 0,
    reason: "the server has no port; set one in the agent",
    inconclusive: true,
  });
});

Deno.test("http agent: a number in a document is a percentage", async () => {
  const result = await ask(http(["servers", 1, "weight"]), document('{"servers":[{},{"weight":62.5}]}'));
  assert.deepEqual(result, { ok: true, answer: { percent: 62.5 }, detail: "62.5%" });
});

Deno.test("http agent: text in a document is read as other agents' text", async () => {
  const result = await ask(http(["state"]), document('{"state":"drain 10% # soon"}'));
  assert.deepEqual(result, {
    ok: true,
    answer: { mode: "drain", percent: 10, reason: "soon" },
    detail: "10%, drain (soon)",
  });
});

for (
  const [body, status, reason] of [
    ['{"load":-1}', "200 OK", '$.load is "-1", expected a percentage'],
    ['{"load":null}', "200 OK", '$.load is "null", expected a percentage'],
    ['{"other":1}', "200 OK", "$.load is missing, expected a percentage"],
    ['{"load":"fine"}', "200 OK", 'no known word in the answer "fine"'],
    ["load 1", "200 OK", "body is not JSON"],
    ['{"load":50}', "503 Busy", "status 503, expected 200-299"],
    [`[${"1,".repeat(140_000)}1]`, "200 OK", "body is longer than 256 KiB"],
  ] as const
) {
  Deno.test(`http agent: ${body.slice(0, 20)} with ${status} is no answer`, async () => {
    assert.deepEqual(await ask(http(["load"]), document(body, status)), { ok: false, reason });
  });
}

const SERVER = { address: parseIpAddress("10.0.0.1"), port: 80 };

Deno.test("exec agent: what a command prints is an answer", async () => {
  const result = untimed(await askAgent(SERVER, exec('echo "$MOOD 20% # $1 $LVSCTL_SERVICE"; echo up')));
  assert.deepEqual(result, {
    ok: true,
    answer: { mode: "drain", percent: 20, reason: "10.0.0.1:80 tcp://192.0.2.1:80" },
    detail: "20%, drain (10.0.0.1:80 tcp://192.0.2.1:80)",
  });
});

Deno.test("exec agent: a command that fails says nothing, whatever it prints", async () => {
  const result = untimed(await askAgent(SERVER, exec("echo 10%; exit 3")));
  assert.deepEqual(result, { ok: false, reason: "exit status 3: 10%" });
});

Deno.test("exec agent: a command that cannot be started is not the server's fault", async () => {
  const result = await askAgent(SERVER, { ...exec(""), command: ["/nonexistent"] } as Agent);
  assert.equal(result.ok === false && result.inconclusive, true);
});

Deno.test("exec agent: a command that takes too long is killed", async () => {
  const result = untimed(await askAgent(SERVER, { ...exec("sleep 60"), timeoutMs: 100 } as Agent));
  assert.deepEqual(result, { ok: false, reason: "no end of the command within 100ms" });
});

Deno.test("monitorAgents() asks at the interval, and hands every result on", async () => {
  const clock = new FakeClock();
  const asked: number[] = [];
  const results: AgentResult[] = [];
  const answer: AgentResult = { ok: true, latencyMs: 0, answer: { percent: 5 }, detail: "5%" };
  await using monitor = monitorAgents((_, result) => void results.push(result), {
    clock,
    random: () => 0.5,
    ask: () => {
      asked.push(clock.now());
      return Promise.resolve(answer);
    },
  });
  monitor.update([toAgentJob(SERVER, { ...TCP, port: 1, intervalMs: 3000 })]);
  await clock.advance(7000);
  assert.deepEqual(asked, [500, 3500, 6500]);
  assert.deepEqual(results, [answer, answer, answer]);
});

import { askAgent } from "../../../core/health/mod.ts";
import { type Agent, DEFAULT_AGENT_TIMING, DEFAULT_HTTP, parseIpAddress } from "../../../core/model/mod.ts";
import { fakeNetwork } from "../fake_network.ts";
import { entryFor, type FuzzTarget, inputOfText, require, requireText, splitHeader, withHeader } from "../target.ts";

const TARGET = { address: parseIpAddress("127.0.0.1"), port: 8080 };

const { expect: _expect, ...HTTP } = DEFAULT_HTTP;

const AGENTS: Readonly<Record<string, Agent>> = {
  tcp: { type: "tcp", send: "hi\n", mark: 1, ...DEFAULT_AGENT_TIMING },
  http: { ...HTTP, json: ["servers", 0, "weight"], mark: 1, ...DEFAULT_AGENT_TIMING },
};

const SEEDS: readonly (readonly [agent: string, answer: string])[] = [
  ["tcp", "75%\n"],
  ["tcp", "up ready 50% # all is well\n"],
  ["tcp", "DOWN,drain;maxconn:30\tmaint#\r\n"],
  ["http", 'HTTP/1.1 200 OK\r\nContent-Length: 28\r\n\r\n{"servers":[{"weight": 75}]}'],
  ["http", 'HTTP/1.1 200 OK\r\n\r\n{"servers":[{"weight":"maint # later"}]}'],
  ["http", 'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1c\r\n{"servers":[{"weight": 75}]}\r\n0\r\n\r\n'],
];

/** The agents: nothing that one sends makes the reader throw, and each result is one line of text. */
export function agents(): FuzzTarget {
  return {
    name: "agents",
    seeds: SEEDS.map(([agent, answer]) => withHeader(agent, inputOfText(answer))),
    words: ["up", "down", "ready", "drain", "maint", "stopped", "fail", "%", "#", "10000%", "1e3%", "\r\n", '"', "tcp"],
    maxBytes: 32 * 1024,
    run: async (input) => {
      const { header, body } = splitHeader(input);
      const result = await askAgent(TARGET, entryFor(AGENTS, header), { network: fakeNetwork({ parts: [body] }) });
      if (!result.ok) return requireText(result.reason, "the reason");
      requireText(result.detail, "the detail");
      const { percent = 0, reason = "" } = result.answer;
      requireText(reason, "the agent's reason");
      require(percent >= 0 && percent <= 10_000, "a percentage is from 0 to 10,000");
    },
  };
}

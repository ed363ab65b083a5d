import assert from "node:assert/strict";
import { parseAgentText } from "../../../../../core/health/agents/text.ts";
import type { AgentAnswer } from "../../../../../core/model/mod.ts";

const READ: readonly (readonly [text: string, answer: AgentAnswer, ignored?: readonly string[]])[] = [
  ["75%\n", { percent: 75 }],
  ["75%", { percent: 75 }],
  ["0%\r\n", { percent: 0 }],
  ["150%", { percent: 150 }],
  ["33.5%", { percent: 33.5 }],
  ["up\n", { health: "up" }],
  ["UP\n", { health: "up" }],
  ["down#disk is full, again\nup", { health: "down", reason: "disk is full, again" }],
  ["down # disk\tfull", { health: "down", reason: "disk.full" }],
  ["stopped", { health: "down" }],
  ["fail#", { health: "down" }],
  ["failed", { health: "down" }],
  ["ready", { mode: "ready" }],
  ["drain", { mode: "drain" }],
  ["maint", { mode: "maint" }],
  ["up ready 75%", { health: "up", mode: "ready", percent: 75 }],
  ["up,ready;75%\tmaxconn:30", { health: "up", mode: "ready", percent: 75 }, ["maxconn:30"]],
  ["  drain ,; 10%  ", { mode: "drain", percent: 10 }],
  ["down up", { health: "up" }],
  ["up 75", { health: "up" }, ["75"]],
  ["up 99999%", { health: "up" }, ["99999%"]],
  ["up constructor", { health: "up" }, ["constructor"]],
];

for (const [text, answer, ignored = []] of READ) {
  Deno.test(`parseAgentText() reads ${JSON.stringify(text)}`, () => {
    assert.deepEqual(parseAgentText(text), { answer, ignored });
  });
}

for (const text of ["", "\n", "\nup", "75", "-5%", "maxconn:30", "HTTP/1.1 400 Bad Request", "#up", "toString"]) {
  Deno.test(`parseAgentText() finds nothing in ${JSON.stringify(text)}`, () => {
    assert.equal(parseAgentText(text), undefined);
  });
}

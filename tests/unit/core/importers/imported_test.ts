import assert from "node:assert/strict";
import { parseConfig } from "../../../../core/config/mod.ts";
import { LvsctlError } from "../../../../core/errors/mod.ts";
import { type Item, ListBlock, MappingBlock, type Value } from "../../../../core/importers/document.ts";
import { finishDocument, Report } from "../../../../core/importers/imported.ts";

const at = (line: number, words: string): { file: string; line: number; column: number; words: string } => {
  return { file: "web.cf", line, column: 1, words };
};

function serviceItem(line: number, listen: string, more: Readonly<Record<string, Value>>): Item {
  return {
    value: new MappingBlock([
      { key: "listen", value: listen, essential: true },
      ...Object.entries(more).map(([key, value], index) => ({ key, value, origins: [at(line + index + 1, key)] })),
    ]),
    origins: [at(line, listen)],
  };
}

function fileOf(services: readonly Item[]): MappingBlock {
  return new MappingBlock([{ key: "version", value: 1 }, { key: "services", value: new ListBlock(services) }]);
}

Deno.test("finishDocument() removes the invalid parts alone, and reports their places", async () => {
  const report = new Report();
  report.add(at(40, "callback"), "known before");
  const services = [
    serviceItem(1, "tcp://192.0.2.10:80", { scheduler: "rr", quorum: 0, fallback: "10.0.0.1:x" }),
    serviceItem(10, "tcp://192.0.2.10:80", { scheduler: "wlc" }),
    serviceItem(20, "tcp://192.0.2.11:80", { servers: ["10.0.0.1:80", "10.0.0.1:80"] }),
    serviceItem(30, "fwmark:0", { scheduler: "rr" }),
  ];
  const { text, unmapped } = await finishDocument(fileOf(services), { header: [], report });
  assert.deepEqual(unmapped.map(({ line, directive }) => [line, directive]), [
    [3, "quorum"],
    [4, "fallback"],
    [10, "tcp://192.0.2.10:80"],
    [11, "scheduler"],
    [21, "servers"],
    [30, "fwmark:0"],
    [31, "scheduler"],
    [40, "callback"],
  ]);
  assert.match(unmapped[0]?.reason ?? "", /quorum must be .*got 0/);
  const { services: read } = await parseConfig(text, { file: "-" });
  assert.deepEqual(read.map(({ service, fallback }) => [service.scheduler, fallback]), [
    ["rr", undefined],
    ["wlc", undefined],
  ]);
});

Deno.test("finishDocument() throws if the converted file cannot be made valid", async () => {
  const document = new MappingBlock([{ key: "version", value: 2 }]);
  await assert.rejects(
    () => finishDocument(document, { header: ["made"], report: new Report() }),
    (error: unknown) =>
      error instanceof LvsctlError &&
      /^Cannot convert the file: line 2 of the converted file is invalid: .*; report it as a bug of lvsctl$/.test(
        error.message,
      ),
  );
});

Deno.test("Report ignores duplicates, and sorts by file and line", () => {
  const report = new Report();
  for (const line of [7, 3, 7]) report.add(at(line, "x"), "why");
  report.add({ ...at(1, "y"), file: "other.cf" }, "why");
  assert.deepEqual(report.unmapped.map(({ file, line }) => `${file}:${line}`), ["web.cf:3", "web.cf:7", "other.cf:1"]);
});

import assert from "node:assert/strict";
import { priorityText, routerLines } from "../../../../cli/format/router_lines.ts";
import { routerJson } from "../../../../cli/format/vrrp.ts";
import { routerStatuses } from "../../../support/router_status.ts";

Deno.test("routerLines() shows that an active router is contested, and hostile texts as text", () => {
  const [router] = routerStatuses();
  assert(router !== undefined);
  const json = { ...routerJson({ ...router, isContested: true }), reason: "a\u001b[31mb" };
  const [line] = routerLines([json], { now: router.since });
  assert.equal(line?.isBad, true);
  assert.match(line?.text ?? "", /a\\u001b\[31mb; another director with a lower priority stays active/);
});

Deno.test("routerLines() shows how other directors differ, which needs attention", () => {
  const [router] = routerStatuses();
  assert(router !== undefined);
  const findings = [{ text: "10.0.0.2 lacks\u001b x" }];
  const [line] = routerLines([{ ...routerJson(router), findings }], { now: router.since });
  assert.match(line?.text ?? "", /; 10\.0\.0\.2 lacks\\u001b x$/);
  assert.equal(line?.isBad, true);
  const [without] = routerLines([{ ...routerJson(router), findings: [] }], { now: router.since });
  assert.equal(without?.isBad, false);
});

for (
  const [what, fields, expected] of [
    ["its own", { priority: 150, configured_priority: 150, tracks: [] }, "150"],
    [
      "a bonus and a malus",
      {
        priority: 120,
        configured_priority: 100,
        tracks: [
          { label: "interface eth1", weight: 30, state: "good" },
          { label: "service web", weight: -10, state: "bad" },
          { label: "interface eth2", weight: 5, state: "bad" },
          { label: "command /bin/x", weight: -5, state: "unknown" },
          { label: "interface eth3", weight: 0, state: "bad" },
        ],
      },
      "120 (100 + 30 interface eth1 - 10 service web)",
    ],
    [
      "the numbers of files",
      {
        priority: 110,
        configured_priority: 100,
        tracks: [
          { label: "file /run/a", weight: -2, state: "bad", value: -15 },
          { label: "file /run/b", weight: 1, state: "bad", value: -20 },
          { label: "file /run/c", weight: 5, state: "good", value: 0 },
        ],
      },
      "110 (100 + 30 file /run/a - 20 file /run/b)",
    ],
    ["the weights of its group", { priority: 90, configured_priority: 150, tracks: [] }, "90 (150)"],
  ] as const
) {
  Deno.test(`priorityText() shows what a priority is made of: ${what}`, () => {
    assert.equal(priorityText(fields), expected);
  });
}

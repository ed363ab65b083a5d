import assert from "node:assert/strict";
import { formatMetrics, type MetricFamily, nodeExporterMetrics, tableMetrics } from "../../core/metrics/mod.ts";
import { fieldsOf, itemsOf, textOf } from "../../core/json/mod.ts";
import { familiesOfDaemon, TABLE } from "../support/metric_families.ts";

/** The rules of the example. */
const RULES = "examples/monitoring/lvsctl.rules.yaml";

/** The dashboard of the example. */
const DASHBOARD = "examples/monitoring/grafana.json";

/** The exit status of promtool and what it prints about metrics. */
async function checkMetrics(families: Iterable<MetricFamily>): Promise<readonly [number, string]> {
  return await promtool(["check", "metrics"], [...formatMetrics(families, "prometheus")].join(""));
}

async function promtool(args: readonly string[], input = ""): Promise<readonly [number, string]> {
  const child = new Deno.Command("promtool", {
    args: [...args],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(input));
  await writer.close();
  const { code, stdout, stderr } = await child.output();
  return [code, new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr)];
}

Deno.test("promtool check metrics finds nothing wrong with the metrics of a table", async () => {
  assert.deepEqual(await checkMetrics([...tableMetrics(TABLE), ...nodeExporterMetrics(TABLE)]), [0, ""]);
});

Deno.test("promtool check metrics finds nothing wrong with the metrics of a daemon", async () => {
  const families = await familiesOfDaemon();
  assert.deepEqual(families.filter(({ samples }) => [...samples].length === 0).map(({ name }) => name), []);
  assert.deepEqual(await checkMetrics(families), [0, ""]);
});

Deno.test("promtool finds nothing wrong with the alert rules, and their tests pass", async () => {
  const [checked, text] = await promtool(["check", "rules", RULES]);
  assert.equal(checked, 0, text);
  const [tested, failures] = await promtool(["test", "rules", RULES.replace(/yaml$/, "test.yaml")]);
  assert.equal(tested, 0, failures);
});

/** The names of the series that "lvsctl metrics" can have. */
async function seriesNames(): Promise<ReadonlySet<string>> {
  const families = [...tableMetrics(TABLE), ...await familiesOfDaemon()];
  const text = [...formatMetrics(families, "prometheus")].join("");
  const names = [...text.matchAll(/^(\w+)[ {]/gm)].map(([, name = ""]) => name);
  // The command itself adds these.
  return new Set([
    ...names,
    "lvsctl_daemon_up",
    "lvsctl_ipvs_up",
    "lvsctl_build_info",
    "lvsctl_scrape_duration_seconds",
  ]);
}

Deno.test("alert rules use series that exist", async () => {
  const rules = await Deno.readTextFile(RULES);
  const used = new Set(rules.match(/\blvsctl_[a-z_]+/g));
  assert.ok(used.size > 5);
  const known = await seriesNames();
  assert.deepEqual([...used].filter((name) => !known.has(name)), []);
});

/** The expressions of the example's dashboard, with values for its variables. */
async function dashboardExpressions(): Promise<readonly string[]> {
  const { panels, templating } = fieldsOf(JSON.parse(await Deno.readTextFile(DASHBOARD)));
  const targets = itemsOf(panels).flatMap((panel) => itemsOf(fieldsOf(panel)["targets"]));
  const queries = itemsOf(fieldsOf(templating)["list"]).flatMap((variable) => {
    const [, series] = /^label_values\((.+), \w+\)$/.exec(textOf(fieldsOf(variable)["definition"]) ?? "") ?? [];
    return series === undefined ? [] : [series];
  });
  return [...targets.map((target) => String(fieldsOf(target)["expr"])), ...queries].map((text) =>
    text.replaceAll("$__rate_interval", "5m").replaceAll(/\$\w+/g, ".*")
  );
}

Deno.test("every expression of the dashboard names series that exist", async () => {
  const expressions = await dashboardExpressions();
  assert.ok(expressions.length > 20);
  const known = await seriesNames();
  for (const expression of expressions) {
    const names = expression.match(/\blvsctl_[a-z_]+/g) ?? [];
    assert.ok(names.length > 0, expression);
    assert.deepEqual(names.filter((name) => !known.has(name)), [], expression);
  }
});

Deno.test("promtool can read every expression of the dashboard", async () => {
  const rules = (await dashboardExpressions()).map((expr, index) => ({ record: `panel:expression:${index}`, expr }));
  const file = await Deno.makeTempFile({ suffix: ".yaml" });
  try {
    // JSON is YAML, too.
    await Deno.writeTextFile(file, JSON.stringify({ groups: [{ name: "dashboard", rules }] }));
    const [code, text] = await promtool(["check", "rules", file]);
    assert.equal(code, 0, text);
  } finally {
    await Deno.remove(file);
  }
});

Deno.test("panels of the dashboard have ids of their own, and do not overlap", async () => {
  const { panels } = fieldsOf(JSON.parse(await Deno.readTextFile(DASHBOARD)));
  const places = itemsOf(panels).map(fieldsOf).map(({ id, gridPos }) => ({ id, ...fieldsOf(gridPos) }));
  assert.equal(new Set(places.map(({ id }) => id)).size, places.length);
  const cells = places.flatMap((place) => {
    const [x, y, w, h] = ["x", "y", "w", "h"].map((key) => Number(fieldsOf(place)[key]));
    assert(x !== undefined && y !== undefined && w !== undefined && h !== undefined && x + w <= 24);
    return Array.from({ length: w * h }, (_, index) => `${x + index % w} ${y + Math.floor(index / w)}`);
  });
  assert.equal(new Set(cells).size, cells.length);
});

import assert from "node:assert/strict";
import { documentJson } from "../../../cli/format/json.ts";
import { statusJson } from "../../../cli/format/status.ts";
import { SourceReport } from "../../../core/config/source/source_report.ts";
import type { Tree } from "../../../core/config/source/tree.ts";
import { readYaml } from "../../../core/config/source/yaml.ts";
import { fieldsOf, itemsOf, textOf } from "../../../core/json/mod.ts";
import { valueAt } from "../../support/json_path.ts";
import { statusReport } from "../../support/status_report.ts";

const FILE = new URL("../../../examples/monitoring/zabbix.yaml", import.meta.url);

/** A YAML value with texts for all scalars. */
function plain(tree: Tree): unknown {
  if (tree.kind === "scalar") return tree.text;
  if (tree.kind === "list") return tree.items.map(plain);
  return Object.fromEntries(tree.entries.map(({ key, value }) => [String(plain(key)), plain(value)]));
}

async function readTemplate(): Promise<unknown> {
  const text = await Deno.readTextFile(FILE);
  const report = new SourceReport(text, "zabbix.yaml");
  const tree = await readYaml(text, report);
  assert(tree !== undefined);
  return itemsOf(fieldsOf(fieldsOf(plain(tree))["zabbix_export"])["templates"])[0];
}

/** An item of the template, or a prototype of one. */
interface Item {
  readonly key: string;
  /** The steps of its preprocessing. */
  readonly steps: readonly { readonly type: string; readonly parameter: string; readonly onError: string }[];
  readonly masterKey: string | undefined;
}

function readItem(value: unknown): Item {
  const { key, preprocessing, master_item } = fieldsOf(value);
  return {
    key: String(key),
    masterKey: textOf(fieldsOf(master_item)["key"]),
    steps: itemsOf(preprocessing).map(fieldsOf).map(({ type, parameters, error_handler = "" }) => ({
      type: String(type),
      parameter: String(itemsOf(parameters)[0]),
      onError: String(error_handler),
    })),
  };
}

/** A status with everything that a status can have. */
function statusDocument(reloadError: string | undefined): unknown {
  const report = statusReport();
  return JSON.parse(JSON.stringify(documentJson(statusJson({ ...report, about: { ...report.about, reloadError } }))));
}

const STATUS: unknown = statusDocument("web.yaml:1:1: wrong");

/** The first value that an item's preprocessing takes from the status. */
function valueOf({ steps }: Item, macros: Readonly<Record<string, unknown>> = {}): unknown {
  const path = steps[0]?.parameter ?? "";
  return valueAt(path.replace(/\{#\w+\}/g, (macro) => String(macros[macro])), STATUS);
}

/** The objects that a discovery rule finds: the values of its macros. */
function discovered(rule: unknown): readonly Readonly<Record<string, unknown>>[] {
  const { lld_macro_paths } = fieldsOf(rule);
  const [step] = readItem(rule).steps;
  assert(step !== undefined);
  const found: unknown = step.type === "JSONPATH"
    ? valueAt(step.parameter, STATUS)
    : JSON.parse(String(new Function("value", step.parameter)(JSON.stringify(STATUS))));
  return itemsOf(found).map((each) =>
    Object.fromEntries(
      itemsOf(lld_macro_paths).map(fieldsOf).map(({ lld_macro, path }) => [
        String(lld_macro),
        valueAt(String(path), each),
      ]),
    )
  );
}

const template = fieldsOf(await readTemplate());
const items = itemsOf(template["items"]).map(readItem);
const rules = itemsOf(template["discovery_rules"]);
const prototypes = rules.flatMap((rule) => itemsOf(fieldsOf(rule)["item_prototypes"]).map(readItem));

Deno.test("every item of the Zabbix template but one depends on the item with JSON", () => {
  const [master, ...others] = items;
  assert(master !== undefined);
  assert.deepEqual([master.key, master.masterKey, master.steps], ["lvsctl.status", undefined, []]);
  assert.ok(others.length > 5 && prototypes.length > 5);
  for (const { masterKey, key } of [...others, ...prototypes, ...rules.map(readItem)]) {
    assert.equal(masterKey, master.key, key);
  }
});

Deno.test("every JSONPath of the Zabbix template finds a value in a status", () => {
  const values = Object.fromEntries(items.slice(1).map((item) => [item.key, valueOf(item)]));
  assert.deepEqual(values, {
    "lvsctl.daemon.pid": 7,
    "lvsctl.daemon.version": "1.2.3",
    "lvsctl.reload.error": "web.yaml:1:1: wrong",
    "lvsctl.services": 1,
    "lvsctl.servers": 3,
    "lvsctl.servers.unhealthy": 1,
    "lvsctl.servers.healthy": 2,
    "lvsctl.failures": 1,
    "lvsctl.differences": 2,
  });
});

Deno.test("the Zabbix template reports no error of a reload while there is none", () => {
  const path = items.find(({ key }) => key === "lvsctl.reload.error")?.steps[0]?.parameter ?? "";
  assert.equal(valueAt(path, statusDocument(undefined)), undefined);
});

Deno.test("the Zabbix template finds services, and servers with a check", () => {
  assert.deepEqual(rules.map(discovered), [
    [{ "{#SERVICE}": "tcp://192.0.2.10:80" }],
    [
      { "{#SERVICE}": "tcp://192.0.2.10:80", "{#SERVER}": "10.0.0.12:80" },
      { "{#SERVICE}": "tcp://192.0.2.10:80", "{#SERVER}": "10.0.0.13:80" },
    ],
  ]);
});

Deno.test("every JSONPath of a prototype of the Zabbix template finds a value for what is discovered", () => {
  const values = rules.flatMap((rule) =>
    discovered(rule).map((macros) =>
      itemsOf(fieldsOf(rule)["item_prototypes"]).map(readItem).map((item) => valueOf(item, macros))
    )
  );
  assert.deepEqual(values, [
    [2, 2, false, true],
    ["healthy", 2, "status 200", 1.5],
    ["unhealthy", null, "no answer", 2],
  ]);
});

Deno.test("an item of the Zabbix template that may be without a number discards it or has another value", () => {
  for (const { key, steps } of [...items, ...prototypes]) {
    const [first] = steps;
    if (first === undefined || !/fallback|weight|last|reload_error|pid/.test(first.parameter)) continue;
    assert.match(first.onError, /^(?:CUSTOM_VALUE|DISCARD_VALUE)$/, key);
  }
});

Deno.test("the expressions of triggers of the Zabbix template name its items, and every uuid is a version 4 of its own", async () => {
  const text = await Deno.readTextFile(FILE);
  const keys = new Set([...items, ...prototypes].map(({ key }) => key));
  const used = [...text.matchAll(/\(\/LVS by lvsctl\/([\w.]+(?:\[.*?\])?)[,)]/g)].map(([, key = ""]) => key);
  assert.ok(used.length > 5);
  for (const key of used) assert.ok(keys.has(key), key);
  const ids = [...text.matchAll(/uuid: (\w+)/g)].map(([, id = ""]) => id);
  assert.equal(new Set(ids).size, ids.length);
  for (const id of ids) assert.match(id, /^[\da-f]{12}4[\da-f]{3}[89ab][\da-f]{15}$/);
});

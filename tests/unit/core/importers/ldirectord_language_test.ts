/**
 * What ldirectord 1.186 makes of a file, seen beside ldirectord itself: the scenarios `import_ldirectord_files` compare
 * many generated files with it.
 */
import assert from "node:assert/strict";
import { parseConfig } from "../../../../core/config/mod.ts";
import { type Imported, loadLdirectord } from "../../../../core/importers/mod.ts";
import { formatServerId, formatServiceId } from "../../../../core/model/mod.ts";
import { ldirectordFile } from "../../../lab/ldirectord_files.ts";
import { importWorld, WORLD } from "./import_fixtures.ts";

async function importText(text: string): Promise<Imported> {
  return await (await loadLdirectord()).importLdirectord({ file: "ldirectord.cf", text }, WORLD);
}

/** The services of an imported file, each with its servers: address, method and weight. */
async function tableOf(imported: Imported): Promise<readonly string[]> {
  const { services } = await parseConfig(imported.text, { file: "-", resolve: WORLD.resolve });
  return services.map(({ service, servers }) =>
    [formatServiceId(service.id), ...servers.map((each) => `${formatServerId(each)} ${each.forward} ${each.weight}`)]
      .join(", ")
  );
}

const HEAD = "virtual = 192.0.2.10:80\n\treal = 10.0.0.1:80 masq\n\tchecktype = connect\n";

const REJECTED: readonly (readonly [text: string, line: number])[] = [
  [`${HEAD}\tbogus = 1\n`, 4],
  [`${HEAD}     \n\tscheduler = rr\n`, 4],
  [`${HEAD}\t\t\n`, 4],
  [`${HEAD}    \n\tscheduler = rr\n`, 5],
  [`${HEAD}\treal = 10.0.0.1:80\n`, 4],
  [`${HEAD}\treal = 10.0.0.1:80 route\n`, 4],
  [`${HEAD}\treal = 10.0.0.1:80 gate 1 x\n`, 4],
  [`${HEAD}\treal = 10.0.0.1:nowhere gate\n`, 4],
  [`${HEAD}\treal = 10.0.0.1:65536 gate\n`, 4],
  [`${HEAD}\treal = 10.0.0.9->10.0.0.1:80 gate\n`, 4],
  [`${HEAD}\treal = nowhere1->nowhere3:80 gate\n`, 4],
  [`${HEAD}\treal = nowhere.example.com:80 gate\n`, 4],
  [`${HEAD}\treal6 = [::1]:80 gate\n`, 4],
  [`${HEAD}\tquiescent = yes \n`, 4],
  [`${HEAD}\tquiescent = yes # comment\n`, 4],
  [`${HEAD}\temailalertstatus = none \n`, 4],
  [`${HEAD}\temailalertstatus = none,all\n`, 4],
  [`${HEAD}\temailalertfreq = a60\n`, 4],
  [`${HEAD}\tnetmask = 24\n`, 4],
  [`${HEAD}\tnetmask = 255.255.255.0 \n`, 4],
  [`${HEAD}\tprotocol = fwm\n`, 4],
  [`${HEAD}\tfallback = 10.0.0.9:80 route\n`, 4],
  [`${HEAD}\tfallback = nowhere.example.com:80\n`, 4],
  [`${HEAD}\tload = "!"\n`, 4],
  [`${HEAD}\n${HEAD}`, 5],
  [`${HEAD}virtual = 7\n\tprotocol = tcp\n\treal = 10.0.0.1 masq\n`, 5],
  [`${HEAD}virtual6 = [2001:db8::1]:80\n\tnetmask = 129\n`, 5],
  [`${HEAD}virtual6 = [2001:db8::1]:80\n\treal6 = [2001:db8::2]->[2001:db8::4]:80 gate\n`, 5],
  [`${HEAD}virtual = nowhere.example.com:80\n`, 4],
  [`${HEAD}virtual = [2001:db8::1]:80\n`, 4],
  [`supervised =\n${HEAD}`, 1],
  [`fallback = 10.0.0.9:nowhere\n${HEAD}`, 1],
  [`fallback6 = nowhere.example.com:80\n${HEAD}`, 1],
  [`    checktimeout = 5\n${HEAD}`, 1],
];

for (const [text, line] of REJECTED) {
  Deno.test(`importLdirectord() names the line with which ldirectord rejects ${JSON.stringify(text)}`, async () => {
    const { unmapped } = await importText(text);
    const lines = unmapped.filter(({ reason }) => reason.endsWith("ldirectord rejects the whole file")).map((each) =>
      each.line
    );
    assert.ok(lines.includes(line) && lines.every((each) => each >= line), `${lines}`);
  });
}

const ON = "\tchecktype = on\n";

/** Files, their tables, and what is reported: a part of each reason. */
const TABLES: readonly (readonly [text: string, table: readonly string[], reports: readonly string[]])[] = [
  ["supervised\nvirtual = 7 # web\n\treal = 10.0.0.1:80 gate 3\n" + ON, ["fwmark:7, 10.0.0.1:80 dr 3"], []],
  // The last of two servers at one place counts, unless it repeats the check of an earlier one.
  [
    "virtual = 192.0.2.10:80\n\treal = 10.0.0.1:80 gate 1\n\treal = 10.0.0.1:80 gate 9\n\treal = 10.0.0.1:80 gate 1\n" +
    ON,
    ["tcp://192.0.2.10:80, 10.0.0.1:80 dr 9"],
    [],
  ],
  [
    "virtual = 192.0.2.10:80\n\treal = 10.0.0.1->10.0.0.3:80 ipip\n\treal = 10.0.0.3:80 gate 7\n" + ON,
    ["tcp://192.0.2.10:80, 10.0.0.1:80 tun 1, 10.0.0.2:80 tun 1, 10.0.0.3:80 dr 7"],
    [],
  ],
  [
    "virtual = 192.0.2.10:5000\n\treal = 10.0.0.1:80 ipip 5\n\treal = 10.0.0.1:80 gate\n" + ON,
    ["tcp://192.0.2.10:5000, 10.0.0.1:5000 tun 5"],
    [],
  ],
  [
    "virtual = 192.0.2.10:5000\n\treal = 10.0.0.1:80 gate\n\treal = 10.0.0.1:81 gate\n" + ON,
    ["tcp://192.0.2.10:5000, 10.0.0.1:5000 dr 1"],
    ["duplicate server 10.0.0.1:5000: line 2 has it already"],
  ],
  [
    "virtual = 192.0.2.10:5000\n\treal = 10.0.0.1:80 masq\n\treal = 10.0.0.1:80 gate\n" + ON,
    ["tcp://192.0.2.10:5000, 10.0.0.1:80 nat 1"],
    ["ldirectord takes it for the server in line 2, and does not add it"],
  ],
  [
    "virtual = 192.0.2.10:80\n\treal = 10.1:80 masq\n\treal = 10.0.0.1:80 masq\n" + ON,
    ["tcp://192.0.2.10:80, 10.0.0.1:80 nat 1"],
    ["10.1 is not an address in four numbers; ldirectord reads it as 10.0.0.1"],
  ],
  [
    "virtual = 192.0.2.10:80\n\treal = 10.0.0.2::5060 gate\n\treal = 10.0.0.1:80 masq\n" + ON,
    ["tcp://192.0.2.10:80, 10.0.0.1:80 nat 1"],
    ["ldirectord reads it as 0.0.19.196"],
  ],
  [
    'virtual = 192.0.2.10:80\n\treal = 10.0.0.1:80 masq 2 "/own", "OK" u:5\n' + ON,
    ["tcp://192.0.2.10:80, 10.0.0.1:80 nat 2"],
    ['ldirectord ignores "/own", its answer and "u:5", because a slash begins the request'],
  ],
  [
    "virtual = 192.0.2.10:80\n\treal = 10.0.0.1:080 masq\n" + ON,
    ["tcp://192.0.2.10:80, 10.0.0.1:80 nat 1"],
    ["ldirectord does not find port 080 of 10.0.0.1 in the table again"],
  ],
  [
    "quiescent = yes\nvirtual = 192.0.2.10:80\n\treal = 10.0.0.1 gate\n\treal = 10.0.0.2:80 gate\n" + ON,
    ["tcp://192.0.2.10:80, 10.0.0.1:80 dr 1, 10.0.0.2:80 dr 1"],
    ["with quiescent, ldirectord does not find 10.0.0.1 at port 0 again: it keeps the weight 0"],
  ],
  [
    "quiescent = yes\nvirtual = 192.0.2.10:80\n\treal = 10.0.0.1:80 masq\n\tchecktype = off\n",
    ["tcp://192.0.2.10:80"],
    ["with quiescent, ldirectord adds the servers with the weight 0"],
  ],
  [
    "virtual6 = [2001:db8::10]:80\n\treal6 = [2001:db8::1]:80 masq\n\tchecktype = ping\n",
    ["tcp://[2001:db8::10]:80, [2001:db8::1]:80 nat 1"],
    ["ldirectord cannot ping IPv6 servers"],
  ],
  [
    "virtual = 192.0.2.10:80\n\treal = 10.0.0.1:80 masq\n\tpersistent = 0\n" + ON,
    ["tcp://192.0.2.10:80, 10.0.0.1:80 nat 1"],
    ["ipvsadm takes 1 to 2678400, so ldirectord adds no such service"],
  ],
  [
    "virtual = 192.0.2.10:80\n\treal = 10.0.0.1:80 masq\n\tfallback = 10.0.0.1:80 masq\n\tchecktype = connect\n",
    ["tcp://192.0.2.10:80, 10.0.0.1:80 nat 1"],
    ["it is one of the servers, which ldirectord deletes"],
  ],
  [
    "virtual = 192.0.2.10:80\n\treal = web1.example.com:80 masq\n\tfallback = 10.0.0.31:80 masq\n\tchecktype = connect\n",
    ["tcp://192.0.2.10:80, 10.0.0.31:80 nat 1"],
    ["it is one of the servers, which ldirectord deletes"],
  ],
  [
    "virtual = 192.0.2.10:80\n\treal = 10.0.0.1:80 masq 0\n\treal = 10.0.0.2:80 masq\n\tfallback = 10.0.0.9:80\n\tchecktype = connect\n",
    ["tcp://192.0.2.10:80, 10.0.0.1:80 nat 0, 10.0.0.2:80 nat 1"],
    ["lvsctl uses the fallback while all healthy servers have the weight 0"],
  ],
  [
    'virtual = 192.0.2.10:80\n\treal = 10.0.0.1:80 masq\n\tservice = simpletcp\n\trequest = "a\\n"\n',
    ["tcp://192.0.2.10:80, 10.0.0.1:80 nat 1"],
    ["without receive ldirectord compares the answer with another expression"],
  ],
];

for (const [text, table, reports] of TABLES) {
  Deno.test(`importLdirectord() makes ldirectord's table of ${JSON.stringify(text)}, or names the difference`, async () => {
    const imported = await importText(text);
    assert.deepEqual(await tableOf(imported), table);
    const reasons = imported.unmapped.map(({ reason }) => reason);
    assert.equal(reasons.length, reports.length, reasons.join("\n"));
    for (const [index, report] of reports.entries()) assert.ok(reasons[index]?.includes(report), reasons[index]);
  });
}

Deno.test("importLdirectord() keeps the last server in where the fallback is a server", async () => {
  const { text } = await importText(
    "virtual = 192.0.2.10:80\n\treal = 10.0.0.1:8080 gate\n\tfallback = 10.0.0.1:80\n\tchecktype = connect\n",
  );
  const { services: [service] } = await parseConfig(text, { file: "-" });
  assert.deepEqual([service?.panicThreshold, service?.fallback], [1, undefined]);
});

Deno.test("importLdirectord() makes a valid file of every generated file with a service, and names lines that exist", async () => {
  const { importLdirectord } = await loadLdirectord();
  for (let number = 0; number < 300; number++) {
    const { files } = ldirectordFile(number);
    const text = files["ldirectord.cf"] ?? "";
    const world = importWorld({ files });
    const imported = await importLdirectord({ file: "ldirectord.cf", text }, world).catch(() => undefined);
    if (imported === undefined) continue;
    await parseConfig(imported.text, { file: "-", resolve: world.resolve }).catch((error: unknown) => {
      // The hosts of the lab have no address here.
      assert.match(String(error), /Cannot resolve/);
    });
    for (const { line } of imported.unmapped) assert.ok(line >= 1 && line <= text.split("\n").length);
  }
});

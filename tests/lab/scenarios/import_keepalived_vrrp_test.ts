/**
 * keepalived and what lvsctl imports, on files whose virtual routers vary keepalived's language: both have the same
 * routers, also where keepalived corrects or ignores a line.
 *
 * @module
 */
import assert from "node:assert/strict";
import { parseConfig } from "../../../core/config/mod.ts";
import { loadKeepalived } from "../../../core/importers/mod.ts";
import { importWorld } from "../../unit/core/importers/import_fixtures.ts";
import { keepalivedRoutersFile, ROUTER_DEVICES, routersOfKeepalived, routersOfLvsctl } from "../keepalived_routers.ts";
import { ip, Namespaces } from "../namespace.ts";

/** How many files are compared, and how many instances each has. */
const FILES = 6;
const INSTANCES = 40;

const DIRECTOR = "director";

Deno.test("instances of keepalived and of lvsctl's import are the same", async () => {
  const { importKeepalived } = await loadKeepalived();
  await using namespaces = await Namespaces.create([DIRECTOR], [
    ...ROUTER_DEVICES.map((device) => `link add dev ${device} netns ${DIRECTOR} type dummy`),
  ]);
  await ip(
    ROUTER_DEVICES.flatMap((device, at) => [`link set ${device} up`, `addr add 10.0.${at}.1/24 dev ${device}`]),
    DIRECTOR,
  );
  for (let seed = 0; seed < FILES; seed++) {
    const text = keepalivedRoutersFile(seed, INSTANCES);
    const path = `/tmp/routers-${seed}.conf`;
    await Deno.writeTextFile(path, text);
    await using keepalived = namespaces.start(DIRECTOR, [
      ...["unshare", "--pid", "--fork", "--kill-child", "keepalived", "-n", "-l", "-d", "-P", "-f", path],
      ...["-p", `${path}.pid`, "-r", `${path}.vrrp.pid`],
    ]);
    await keepalived.untilOutput(/< Interfaces >/);
    await keepalived.stop();
    const log = (keepalived.stdout + keepalived.stderr).replace(/^\w{3} \w{3} .{10,11} \d{4}: /gm, "");
    const originals = routersOfKeepalived(log);
    assert.equal(originals.size, INSTANCES, log.slice(0, 1000));
    const { text: imported } = await importKeepalived({ file: path, text }, importWorld());
    assert.deepEqual(routersOfLvsctl(await parseConfig(imported, { file: "-" })), originals, text);
  }
});

/**
 * A pair of directors moves from keepalived to lvsctl while a client asks their VIP, as docs/migrating-from-keepalived.md
 * says.
 *
 * @module
 */
import assert from "node:assert/strict";
import { type DirectorName, printLine, SLACK_MS, VIP, VrrpLan } from "../vrrp_lan.ts";

/** What a standby needs to take over in version 2 with an interval of a second; milliseconds. */
const DOWN_MS = 4000;

const WITHIN = { withinMs: DOWN_MS + SLACK_MS };

const PRIORITIES: Readonly<Record<DirectorName, number>> = { one: 150, two: 100 };

/** The file of keepalived on a director. */
function keepalivedFile(name: DirectorName): string {
  return `vrrp_script uplink {
    script "/usr/bin/test -d /proc"
    interval 1
    weight 20
}
vrrp_instance edge {
    state BACKUP
    interface eth0
    virtual_router_id 51
    priority ${PRIORITIES[name]}
    advert_int 1
    authentication {
        auth_type PASS
        auth_pass secret12
    }
    track_script {
        uplink
    }
    virtual_ipaddress {
        ${VIP.ipv4}/24
    }
}
`;
}

/** The file that the import makes. */
function convertedFile(name: DirectorName): string {
  return `/tmp/converted-${name}.yaml`;
}

/** Converts the file of a director, while keepalived runs on with it. */
async function convert(lan: VrrpLan, name: DirectorName): Promise<void> {
  await lan.lvsctl(name, `import keepalived /tmp/keepalived-${name}.conf --output ${convertedFile(name)}`);
  await lan.lvsctl(name, `config check ${convertedFile(name)}`);
}

Deno.test("a pair moves from keepalived to lvsctl, one director after the other, and the VIP is always on one of them", async () => {
  await using lan = await VrrpLan.create();
  const keepalived = {
    two: await lan.startKeepalived("two", keepalivedFile("two")),
    one: await lan.startKeepalived("one", keepalivedFile("one")),
  };
  await lan.untilHolder("one", { withinMs: 2 * DOWN_MS + SLACK_MS });
  for (const name of ["one", "two"] as const) await convert(lan, name);
  // The guest's only processor starts programs meanwhile.
  const client = await lan.ask(VIP.ipv4, { everyMs: 100 });
  await lan.untilAnswer(client, "one");

  // The standby first: keepalived on the other director stays active.
  await lan.stopKeepalived(keepalived.two);
  const two = await lan.startDaemon("two", convertedFile("two"));
  await new Promise((resolve) => setTimeout(resolve, DOWN_MS));
  assert.deepEqual(lan.holders(VIP.ipv4), ["one"], two.stderr);
  const { state, priority, heard } = await lan.router("two");
  assert.deepEqual([state, priority], ["backup", 120], two.stderr);
  assert.match(JSON.stringify(heard), /"address":"10\.0\.0\.1","priority":170/);
  assert.deepEqual(client.answers.names, ["one"]);

  // Then the active one: lvsctl takes over, and gives the VIP back.
  await lan.stopKeepalived(keepalived.one);
  await lan.untilHolder("two", { ...WITHIN, state: () => two.stderr });
  await lan.untilAnswer(client, "two");
  const one = await lan.startDaemon("one", convertedFile("one"));
  await lan.untilHolder("one", { ...WITHIN, state: () => one.stderr + two.stderr });
  await lan.untilAnswer(client, "one");
  assert.deepEqual(client.answers.names, ["one", "two", "one"]);
  printLine(`rolling migration: ${client.answers.longestGapMs} ms without an answer`);
  assert.doesNotMatch(keepalived.one.stdout + keepalived.one.stderr, /invalid|mismatch|wrong|differ|ignor/i);
  assert.doesNotMatch(two.stderr, /discards|other addresses/);
});

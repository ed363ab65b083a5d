import assert from "node:assert/strict";
import { type Fields, fieldsOf, itemsOf } from "../../../core/json/mod.ts";
import { BackgroundProcess } from "../background_process.ts";
import { until } from "../director.ts";
import { HOOK_PORT, MAIL_PORT, receivedIn, receiverProgram } from "../notification_receiver.ts";
import { CLIENT, type DirectorName, SLACK_MS, VIP, VrrpLan } from "../vrrp_lan.ts";

const INTERVAL_MS = 400;

/** An instance with further keys. */
function instance(priority: number, vips: string, more = ""): string {
  const keys = `interval: ${INTERVAL_MS}ms, vips: [${vips}]${more}`;
  return `{ name: edge, vrid: 51, device: eth0, priority: ${priority}, ${keys} }`;
}

/** The kinds of the findings of a director. */
async function findings(lan: VrrpLan, name: DirectorName): Promise<readonly unknown[]> {
  return itemsOf((await lan.router(name))["findings"]).map((finding) => fieldsOf(finding)["kind"]);
}

/** Waits until the mails and the webhook of a hand-over have arrived. */
async function untilReceived(receiver: BackgroundProcess, daemon: BackgroundProcess): Promise<void> {
  const mails = (): string =>
    receivedIn(receiver.stdout).map((each) => each.kind === "mail" ? each.message : "").join("");
  const documents = (): readonly Fields[] =>
    receivedIn(receiver.stdout).flatMap((each) => each.kind === "hook" ? [fieldsOf(each.document)] : []);
  // A mail waits for 5 s, so that it has what happens within a short time.
  await until(() => /virtual router backup: edge: /.test(mails()) && documents().some(isOfBackup), {
    withinMs: 60_000,
    what: "a mail and a webhook about the hand-over",
    state: () => receiver.stdout + daemon.stderr,
  });
  assert.match(mails(), /virtual router active: edge: /);
  for (const each of receivedIn(receiver.stdout)) {
    assert.deepEqual(
      each.kind === "mail" ? each.recipients : each.path,
      each.kind === "mail" ? ["ops@example.com"] : "/hooks/lvs",
    );
  }
  const [event] = itemsOf(documents().find(isOfBackup)?.["events"]).map(fieldsOf).filter(({ event }) =>
    event === "backup"
  );
  assert.deepEqual(event?.["vrrp"], { subject: "instance", name: "edge", device: "eth0", vrid: 51, priority: 90 });
}

/** Whether a webhook reports that the router is a backup after it was active. */
function isOfBackup(document: Fields): boolean {
  return itemsOf(document["events"]).some((event) => fieldsOf(fieldsOf(event)["vrrp"])["priority"] === 90);
}

Deno.test("a director moves its addresses when a tracked check fails, says so by syslog, mail and webhook, and reports how the other differs", async () => {
  await using lan = await VrrpLan.create();
  const file = await Deno.makeTempFile();
  await using _syslog = BackgroundProcess.start(["busybox", "syslogd", "-n", "-O", file]);
  const vips = `${VIP.ipv4}/24`;
  const check = "{ type: ping, address: 10.0.0.3, interval: 500ms, timeout: 400ms, rise: 1, fall: 3 }";
  const receiver = lan.start("one", receiverProgram());
  await receiver.untilOutput(/^ready\n/m, { timeLimitSeconds: 30 });
  const ways = [
    "{ type: syslog, facility: local0 }",
    `{ type: mail, to: ops@example.com, server: '127.0.0.1:${MAIL_PORT}', on: [active, backup], timeout: 30s }`,
    `{ type: webhook, url: 'http://127.0.0.1:${HOOK_PORT}/hooks/lvs', on: [backup], timeout: 30s }`,
  ];
  const more = `, track: [{ check: ${check}, weight: -60 }], notify: [${ways.join(", ")}]`;
  const one = await lan.startLvsctl("one", instance(150, `${vips}, 10.0.0.101/24`, more));
  const state = (): string => one.stderr;
  await lan.untilHolder("one", { withinMs: SLACK_MS, state });
  const two = await lan.startLvsctl("two", instance(100, vips));
  await until(async () => (await findings(lan, "two")).length > 0, { withinMs: SLACK_MS, what: "a finding", state });
  assert.deepEqual(await findings(lan, "two"), ["addresses"]);
  const difference = "10.0.0.1 advertises other addresses: it has 10.0.0.101 in addition";
  assert.equal(two.stderr.split(difference).length, 2, "it is logged once");
  for (const words of ["vrrp status", "vrrp status edge", "status"]) {
    assert.ok((await lan.lvsctl("two", words)).includes(difference), words);
  }

  await lan.run(CLIENT, "ip link set eth0 down");
  await lan.untilHolder("two", { withinMs: SLACK_MS, state: () => one.stderr + two.stderr });
  assert.match(await lan.lvsctl("one", "vrrp status edge"), /^ {2}tracks +check ping 10\.0\.0\.3: bad, weight -60$/m);
  assert.deepEqual(await findings(lan, "one"), ["addresses"]);
  await until(async () => /virtual router backup: edge: /.test(await Deno.readTextFile(file)), {
    withinMs: SLACK_MS,
    what: "the line of syslog",
    state,
  });
  assert.match(await Deno.readTextFile(file), / local0\.notice lvsctl\[\d+\]: virtual router active: edge: /);
  await untilReceived(receiver, one);

  await lan.run(CLIENT, "ip link set eth0 up");
  await lan.untilHolder("one", { withinMs: SLACK_MS, state });
});

/** Files of keepalived whose meaning an import must keep: duplicates, sorry servers, timing, case, families. */
import assert from "node:assert/strict";
import { parseConfig } from "../../../../core/config/mod.ts";
import { type Imported, loadKeepalived } from "../../../../core/importers/mod.ts";
import { checkOf, type DesiredService, formatServerId, formatServiceId } from "../../../../core/model/mod.ts";
import { WORLD } from "./import_fixtures.ts";

async function importText(text: string): Promise<Imported & { readonly services: readonly DesiredService[] }> {
  const { importKeepalived } = await loadKeepalived();
  const imported = await importKeepalived({ file: "keepalived.conf", text }, WORLD);
  const { services } = await parseConfig(imported.text, { file: "-" });
  return { ...imported, services };
}

function virtual(head: string, lines: readonly string[]): string {
  return `virtual_server ${head} {\nlb_algo rr\nlb_kind NAT\n${lines.join("\n")}\n}\n`;
}

const real = (place: string): string => `real_server ${place} {\n}`;

for (const count of [2, 3, 5]) {
  Deno.test(`importKeepalived() makes one service of a virtual_server that is written ${count} times`, async () => {
    const blocks = Array.from(
      { length: count },
      (_, index) => virtual("192.0.2.10 80", ["protocol TCP", real(`10.0.0.${11 + index} 80`)]),
    );
    const { services, unmapped } = await importText(blocks.join(""));
    assert.deepEqual(services.map(({ servers }) => servers.map(formatServerId)), [
      Array.from({ length: count }, (_, index) => `10.0.0.${11 + index}:80`),
    ]);
    assert.deepEqual(unmapped, []);
  });
}

for (const method of ["NAT", "DR", "TUN"]) {
  Deno.test(`importKeepalived() keeps the last server in where the sorry server is a server by ${method}`, async () => {
    const lines = ["protocol TCP", "sorry_server 10.0.0.11 80", real("10.0.0.11 80"), real("10.0.0.12 80")];
    const { services: [service], unmapped } = await importText(
      virtual("192.0.2.10 80", lines).replace("NAT", method),
    );
    assert.deepEqual([service?.panicThreshold, service?.fallback, service?.servers.length], [1, undefined, 2]);
    assert.match(unmapped.map(({ reason }) => reason).join(), /keeps the last server in instead: panic_threshold/);
  });
}

for (
  const [written, protocol] of [
    ["TCP", "tcp"],
    ["tcp", "tcp"],
    ["Tcp", "tcp"],
    ["tCP", "tcp"],
    ["udp", "udp"],
    ["Udp", "udp"],
    ["SCTP", "sctp"],
    ["sCtP", "sctp"],
  ] as const
) {
  Deno.test(`importKeepalived() reads "protocol ${written}" in upper and lower case`, async () => {
    const { services: [service], unmapped } = await importText(
      virtual("192.0.2.10 80", [`protocol ${written}`, real("10.0.0.11 80")]),
    );
    assert.ok(service !== undefined);
    assert.deepEqual([formatServiceId(service.service.id), unmapped], [`${protocol}://192.0.2.10:80`, []]);
  });
}

for (
  const [loop, check, intervalMs, timeoutMs] of [
    [2, 'MISC_CHECK {\nmisc_path "/bin/true"\nmisc_timeout 30\n}', 2000, 30_000],
    [2, "TCP_CHECK {\nconnect_timeout 10\n}", 2000, 10_000],
    [1, "HTTP_GET {\nurl {\npath /\n}\nconnect_timeout 60\n}", 1000, 60_000],
    [60, "TCP_CHECK {\nconnect_timeout 3\n}", 60_000, 3000],
  ] as const
) {
  Deno.test(`importKeepalived() keeps a delay_loop of ${loop} beside ${JSON.stringify(check)}`, async () => {
    const lines = [`delay_loop ${loop}`, "protocol TCP", `real_server 10.0.0.11 80 {\n${check}\n}`];
    const { services: [service] } = await importText(virtual("192.0.2.10 80", lines));
    const [server] = service?.servers ?? [];
    assert.ok(service !== undefined && server !== undefined);
    const made = checkOf(service, server);
    assert.deepEqual([made?.intervalMs, made?.timeoutMs], [intervalMs, timeoutMs]);
  });
}

Deno.test("importKeepalived() gives each service of a group of both families the tunnels of both", async () => {
  const group = "virtual_server_group G {\n192.0.2.20 80\n2001:db8::20 80\n}\n";
  const servers = [real("10.0.0.11 80"), real("2001:db8::11 80")];
  const { services } = await importText(group + virtual("group G", ["protocol TCP", ...servers]).replace("NAT", "TUN"));
  assert.deepEqual(services.map(({ servers }) => servers.map(formatServerId)), [
    ["10.0.0.11:80", "[2001:db8::11]:80"],
    ["10.0.0.11:80", "[2001:db8::11]:80"],
  ]);
});

Deno.test("importKeepalived() leaves out a group whose family keepalived takes from another line", async () => {
  const group = "virtual_server_group G {\n192.0.2.20 80\n}\n";
  const marks = "virtual_server_group G {\nfwmark 7\n}\n";
  const [server, sorry] = [real("10.0.0.11 80"), "sorry_server ::1 80"];
  const tunnel = "real_server 10.0.0.11 80 {\nlvs_method TUN\n}";
  const read = async (head: string, lines: readonly string[]): Promise<readonly string[]> => {
    const text = virtual("group G", ["protocol TCP", ...lines]).replace("lb_kind NAT\n", "");
    const { services } = await importText(head + text);
    return services.map(({ service: { id } }) => formatServiceId(id));
  };
  // As keepalived 2.2.7 does: the table that it made of each.
  const kept = ["tcp://192.0.2.20:80"];
  assert.deepEqual(await read(group, [sorry, "lb_kind TUN", server]), []);
  assert.deepEqual(await read(group, ["lb_kind TUN", sorry, server]), kept);
  assert.deepEqual(await read(group, [sorry, server, "lb_kind TUN"]), kept);
  assert.deepEqual(await read(group, ["lb_kind NAT", sorry, tunnel]), []);
  assert.deepEqual(await read(group, ["lb_kind NAT", sorry, "sorry_server_lvs_method TUN", tunnel]), kept);
  assert.deepEqual(await read(group, ["lb_kind NAT", sorry, server]), kept);
  assert.deepEqual(await read(group, ["lb_kind NAT", "persistence_granularity 24", server]), []);
  assert.deepEqual(await read(group, ["lb_kind NAT", server, "persistence_granularity 24"]), kept);
  assert.deepEqual(await read(group, ["lb_kind NAT", real("2001:db8::5 80"), server]), []);
  assert.deepEqual(await read(marks, [sorry, "lb_kind TUN", server]), ["fwmark6:7"]);
  assert.deepEqual(await read(marks, ["lb_kind TUN", sorry, server]), ["fwmark:7"]);
  assert.deepEqual(await read(marks, ["lb_kind NAT", sorry, tunnel]), ["fwmark6:7"]);
});

Deno.test("importKeepalived() uses the first of two groups of a name, wherever it is used, and names the other", async () => {
  const group = (address: string): string => `virtual_server_group G {\n${address} 80\n}\n`;
  const service = virtual("group G", ["protocol TCP", real("10.0.0.11 80")]);
  const { services, unmapped } = await importText(group("192.0.2.20") + service + group("192.0.2.30"));
  assert.deepEqual(services.map(({ service: { id } }) => formatServiceId(id)), ["tcp://192.0.2.20:80"]);
  assert.deepEqual(unmapped.map(({ reason }) => reason), [
    "keepalived uses the group of this name at keepalived.conf:1 virtual_server_group G",
  ]);
});

Deno.test("importKeepalived() keeps a server whose check has no port, and names the check", async () => {
  const real = (inside: string): string => `real_server 10.0.0.11 0 {\n${inside}\n}`;
  for (
    const [check, isChecked] of [
      ["TCP_CHECK { }", false],
      ["HTTP_GET { url { path / } }", false],
      ["TCP_CHECK { connect_port 80 }", true],
      ["PING_CHECK { }", true],
    ] as const
  ) {
    const text =
      `virtual_server_group G {\n192.0.2.10 80\nfwmark 7\n}\nvirtual_server group G {\nlb_algo rr\nlb_kind NAT\nprotocol TCP\n${
        real(check.replaceAll("{ ", "{\n").replaceAll(" }", "\n}"))
      }\n}\n`;
    const { services: [service], unmapped } = await importText(text);
    const [server] = service?.servers ?? [];
    assert.ok(service !== undefined && server !== undefined);
    assert.equal(checkOf(service, server) !== undefined, isChecked, check);
    assert.deepEqual(
      unmapped.map(({ reason }) => /^the server has no port, which a firewall mark cannot give it/.test(reason)),
      isChecked ? [] : [true],
    );
  }
});

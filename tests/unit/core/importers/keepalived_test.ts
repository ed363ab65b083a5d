import assert from "node:assert/strict";
import { parseConfig, readConfig } from "../../../../core/config/mod.ts";
import { EXIT, LvsctlError } from "../../../../core/errors/mod.ts";
import { decodeBytes } from "../../../../core/importers/foreign_bytes.ts";
import { checkOf } from "../../../../core/model/mod.ts";
import {
  CHECKER,
  GLOBAL,
  REAL_SERVER,
  SMTP_HOST,
  SSL,
  TOP,
  TRACK_FILE,
  URL_BLOCK,
  VIRTUAL_SERVER,
} from "../../../../core/importers/keepalived/directives.ts";
import {
  AUTHENTICATION,
  GROUP,
  INSTANCE,
  SCRIPT_BLOCK,
} from "../../../../core/importers/keepalived/vrrp/directives.ts";
import type { ImportWorld } from "../../../../core/importers/imported.ts";
import { type Imported, loadKeepalived } from "../../../../core/importers/mod.ts";
import { fixtures, formatReport, importWorld, WORLD } from "./import_fixtures.ts";
import { keepalivedWorld } from "./keepalived_world.ts";

const FIXTURES = fixtures("keepalived", "keepalived.conf");

const SAMPLES = "/usr/share/doc/keepalived/samples/";

async function importText(text: string, world: ImportWorld = WORLD): Promise<Imported> {
  return await (await loadKeepalived()).importKeepalived({ file: "keepalived.conf", text }, world);
}

for (const { name, folder, text, expected, report } of FIXTURES) {
  Deno.test(`importKeepalived() converts ${name} to the expected file and report`, async () => {
    const imported = await importText(text, keepalivedWorld(folder));
    assert.equal(imported.text, expected);
    assert.equal(formatReport(imported), report);
    // lvsctl accepts the file without resolving names.
    await parseConfig(imported.text, { file: "-" });
  });
}

/** The keywords in the fixtures: the first word of each line, without comments. */
function usedKeywords(): ReadonlySet<string> {
  const lines = FIXTURES.flatMap(({ text }) => text.split(/\n|[{}]/));
  return new Set(lines.map((line) => line.replace(/[#!].*/, "").trim().split(/\s/)[0] ?? ""));
}

Deno.test("the fixtures of keepalived use every known directive", () => {
  assert.ok(FIXTURES.length >= 18);
  const used = usedKeywords();
  const isUsed = (keyword: string): boolean => used.has(keyword);
  const services = [VIRTUAL_SERVER, REAL_SERVER, SMTP_HOST, SSL, TOP, TRACK_FILE, URL_BLOCK, ...Object.values(CHECKER)];
  const tables = [...services, INSTANCE, AUTHENTICATION, GROUP, SCRIPT_BLOCK];
  const known = new Set(tables.flatMap((rules) => Object.keys(rules)));
  assert.deepEqual([...known].filter((keyword) => !isUsed(keyword)), []);
  // The directives about keepalived's own processes share one rule.
  const global = Object.entries(GLOBAL).filter(([, rule]) => !("idle" in rule)).map(([keyword]) => keyword);
  assert.deepEqual(global.filter((keyword) => !isUsed(keyword)), []);
});

/** The directives of keepalived.conf(5) that concern IPVS and VRRP, block by block. */
const MANUAL: Readonly<Record<string, string>> = {
  global: "lvs_sync_daemon lvs_timeouts lvs_flush lvs_flush_on_stop net_namespace_ipvs nftables_ipvs " +
    "nftables_ipvs_start_fwmark checker_log_all_failures smtp_alert smtp_alert_checker no_checker_emails " +
    "notification_email notification_email_from smtp_server smtp_helo_name smtp_connect_timeout notify_fifo " +
    "notify_fifo_script lvs_notify_fifo lvs_notify_fifo_script rs_init_notifies snmp_socket enable_snmp_checker " +
    "enable_traps checker_priority checker_rt_priority checker_rlimit_rttime checker_no_swap checker_cpu_affinity " +
    "script_user enable_script_security use_symlink_paths set_supplementary_groups startup_script " +
    "startup_script_timeout shutdown_script shutdown_script_timeout include includer includem includew includea " +
    "include_check reload_check_config reload_time_file reload_file config_save_dir tmp_config_directory " +
    "process_names virtual_server_group SSL track_file vrrp_track_file",
  service:
    "ip_family delay_loop connect_timeout retry delay_before_retry warmup inhibit_on_failure lb_algo lvs_sched " +
    "hashed ops flag-1 flag-2 flag-3 sh-port sh-fallback mh-port mh-fallback lb_kind lvs_method persistence_engine " +
    "persistence_timeout persistence_granularity protocol ha_suspend alpha omega quorum hysteresis quorum_up " +
    "quorum_down weight sorry_server sorry_server_inhibit sorry_server_lvs_method smtp_alert virtualhost snmp_name " +
    "real_server uthreshold lthreshold notify_up notify_down password ca certificate key",
  checks: "TCP_CHECK HTTP_GET SSL_GET SMTP_CHECK DNS_CHECK MISC_CHECK UDP_CHECK PING_CHECK FILE_CHECK BFD_CHECK " +
    "connect_ip connect_port bindto bind_port bind_if fwmark log_all_failures http_protocol enable_sni sni_name " +
    "tls_compliant fast_recovery nb_get_retry url path digest status_code regex regex_no_match regex_options " +
    "regex_stack regex_min_offset regex_max_offset helo_name host type name misc_path misc_timeout misc_dynamic user " +
    "payload require_reply min_reply_length max_reply_length dynamic",
  instances: "state interface vrf use_vmac use_vmac_addr vmac_xmit_base use_ipvlan native_ipv6 dont_track_primary " +
    "track_interface track_script track_file track_process track_bfd mcast_src_ip unicast_src_ip mcast_dst_ip " +
    "track_src_ip version check_unicast_src unicast_peer unicast_fault_no_peer unicast_ttl old_unicast_checksum " +
    "garp_master_delay garp_master_repeat garp_lower_prio_delay garp_lower_prio_repeat garp_master_refresh " +
    "garp_master_refresh_repeat garp_extra_if down_timer_adverts lower_prio_no_advert higher_prio_send_advert " +
    "virtual_router_id priority advert_int authentication auth_type auth_pass virtual_ipaddress " +
    "virtual_ipaddress_excluded promote_secondaries virtual_routes virtual_rules accept no_accept nopreempt preempt " +
    "preempt_delay skip_check_adv_addr strict_mode debug notify_master notify_backup notify_fault notify_stop notify " +
    "notify_deleted notify_master_rx_lower_pri notify_priority_changes kernel_rx_buf_size linkbeat_use_polling",
  groups: "vrrp_sync_group group global_tracking sync_group_tracking_weight vrrp_script script interval timeout rise " +
    "fall init_fail vrrp_track_process track_process track_group garp_group vrrp_mcast_group4 vrrp_mcast_group6 " +
    "vrrp_down_timer_adverts vrrp_garp_master_refresh vrrp_garp_master_refresh_repeat vrrp_garp_extra_if " +
    "vrrp_lower_prio_no_advert vrrp_version vrrp_startup_delay vrrp_strict vrrp_notify_fifo vrrp_notify_fifo_script " +
    "vrrp_notify_priority_changes vrrp_priority vrrp_rt_priority vrrp_no_swap vrrp_rlimit_rttime vrrp_cpu_affinity",
};

for (const [block, words] of Object.entries(MANUAL)) {
  Deno.test(`the fixtures of keepalived use every directive in the manual: ${block}`, () => {
    const used = usedKeywords();
    assert.deepEqual(words.split(" ").filter((keyword) => !used.has(keyword)), []);
  });
}

Deno.test("the fixtures of keepalived use every scheduler, every kind of check and every encapsulation", () => {
  const converted = FIXTURES.map(({ expected }) => expected).join("\n");
  for (const scheduler of "rr wrr lc wlc lblc lblcr sh mh dh fo ovf sed nq twos".split(" ")) {
    assert.match(converted, new RegExp(`scheduler: ${scheduler}\\b`));
  }
  const types: readonly string[] = "tcp http https smtp dns exec udp ping file all_of".split(" ");
  assert.deepEqual(
    types.filter((type) => !converted.includes(`type: ${type} `) && !converted.includes(`type: ${type}\n`)),
    [],
  );
  assert.deepEqual(["ipip", "gue", "gre"].filter((type) => !converted.includes(`tunnel: { type: ${type}`)), []);
});

/** What the samples of Debian's package have and lvsctl has not. */
const SAMPLE_REASONS = new RegExp(
  [
    "network's configuration|no such program in PATH",
    "sends no mails about virtual routers|runs commands as its own user|by their absolute paths",
    "all addresses of an instance on its device",
    "without label|advertises the address twice",
    "does not support AH",
    "names the interface",
    "it has no script|no usable vrrp_script|has no members|unknown to keepalived|cancels it in keepalived",
  ].join("|"),
);

for (const { name } of Deno.readDirSync(SAMPLES)) {
  if (!name.startsWith("keepalived.conf")) continue;
  Deno.test(`importKeepalived() converts the sample ${name} of Debian's package to a file without findings`, async () => {
    const text = Deno.readTextFileSync(SAMPLES + name);
    const imported = await importText(text);
    const { desired: { services }, warnings } = await readConfig(imported.text, { file: "-", lint: {} });
    // A real server of this sample is an address of its own group.
    const codes = name.endsWith("virtual_server_group") ? ["server-is-service"] : [];
    assert.deepEqual([warnings, imported.findings].map((found) => found.map(({ code }) => code)), [codes, codes]);
    const servers = text.match(/^\s*virtual_server (?!group )[^{]*\{/gm)?.length ?? 0;
    const isGroup = /^\s*virtual_server group/m.test(text);
    assert.ok(isGroup ? services.length > servers : services.length === servers);
    // Some directives of VRRP, mistakes of the samples and recipients that are not addresses have no counterpart.
    const others = imported.unmapped.filter(({ reason }) => !SAMPLE_REASONS.test(reason));
    assert.deepEqual(others.filter(({ directive }) => !/^notification_email|^smtp_server/.test(directive)), []);
  });
}

for (
  const [what, text] of [
    ["empty", ""],
    ["of comments", "# virtual_server 192.0.2.10 80 {\n! }\n"],
    ["of another program", "checktimeout=3\nvirtual=192.0.2.10:80\n\treal=10.0.0.11:80 gate\n"],
    ["full of control characters", "\0\x01virtual\x02=\u202e\n".repeat(100)],
  ] as const
) {
  Deno.test(`importKeepalived() refuses a file that is ${what}`, async () => {
    await assert.rejects(() => importText(text), (error: unknown) => {
      assert.ok(error instanceof LvsctlError && error.exitCode === EXIT.usage);
      assert.match(error.message, /^Cannot import keepalived\.conf: it has no virtual_server/);
      return true;
    });
  });
}

const REAL = "real_server 10.0.0.11 80 { }";

function serviceOf(body: string): string {
  return `virtual_server 192.0.2.10 80 {\nlvs_sched rr\nlvs_method NAT\nprotocol TCP\n${body}\n}\n`;
}

for (
  const [what, text, reason] of [
    ["a value that contains itself", "$A=x $A\n$A\n", /would never end/],
    ["a value that grows with each substitution", `$A=\${A}\${A}\n$A\n`, /would never end/],
    ["a value of several lines that contains itself", "$A= \\\n x \\\n $A\n$A\n", /50 deep/],
    ["braces that are never closed", "vrrp_instance a {\n".repeat(60), /never closed/],
    ["braces after a directive without a block", "a {\n".repeat(60), /no block begins here/],
    ["braces that were never opened", "}\n", /no brace is open/],
  ] as const
) {
  Deno.test(`importKeepalived() reports ${what}, and imports the rest`, async () => {
    const imported = await importText(`${serviceOf(REAL)}${text}`);
    assert.ok(imported.unmapped.some((each) => reason.test(each.reason)), formatReport(imported));
    assert.equal((await parseConfig(imported.text, { file: "-" })).services.length, 1);
  });
}

Deno.test("importKeepalived() refuses a file that expands to too many lines", async () => {
  const twice = Array.from({ length: 30 }, (_, index) => `$A${index + 1}= \\\n\${A${index}} \\\n\${A${index}}\n`);
  await assert.rejects(() => importText(`${serviceOf(REAL)}$A0=x\n${twice.join("")}$A30\n`), (error: unknown) => {
    assert.ok(error instanceof LvsctlError && error.exitCode === EXIT.usage);
    assert.match(error.message, /more than 1,000,000 lines/);
    return true;
  });
});

Deno.test("importKeepalived() limits the levels of files that include each other", async () => {
  const files: Record<string, string> = {};
  for (let depth = 0; depth < 40; depth++) files[`${depth}.conf`] = `include ${depth + 1}.conf\n`;
  const { unmapped } = await importText(`${serviceOf(REAL)}include 0.conf\n`, importWorld({ files }));
  assert.deepEqual(unmapped.map(({ file, reason }) => [file, reason]), [
    ["14.conf", "files may include each other at most 16 levels deep"],
  ]);
});

Deno.test("importKeepalived() evaluates conditions for the machine", async () => {
  const text = serviceOf("@one weight 1\n@two weight 2\n@^one smtp_alert\nreal_server 10.0.0.11 80 { }");
  for (const [machine, weight] of [["one", 1], ["two", 2], ["three", 1]] as const) {
    const { text: converted } = await importText(text, { ...WORLD, machine });
    const { services: [service] } = await parseConfig(converted, { file: "-" });
    assert.equal(service?.servers[0]?.weight, weight, machine);
  }
});

Deno.test("importKeepalived() converts damaged files to valid files, or refuses them", async () => {
  const signs = ["\0", '"', "'", "#", "!", "{", "}", "$", "${", "\\", "~", "@", "\t", "99999999999999999999", "\ud800"];
  let valid = 0;
  let seed = 1;
  const random = (below: number): number => (seed = (seed * 48271) % 2147483647) % below;
  const names = ["web", "http", "groups", "methods", "mail", "substitution", "sequences"];
  for (const { folder, text } of FIXTURES.filter(({ name }) => names.includes(name))) {
    for (let round = 0; round < 12; round++) {
      const changed = text.split("\n").map((line) => {
        if (random(5) !== 0) return line;
        const at = random(line.length + 1);
        return line.slice(0, at) + (signs[random(signs.length)] ?? "") + line.slice(at + random(3));
      });
      try {
        const imported = await importText(changed.join("\n"), keepalivedWorld(folder));
        await parseConfig(imported.text, { file: "-" });
        valid++;
      } catch (error) {
        // A quote or a comment may hide every directive, and a longer number repeats a line too often.
        assert.ok(
          error instanceof LvsctlError && /it has no virtual_server|more than 1,000,000 lines/.test(error.message),
          String(error),
        );
      }
    }
  }
  assert.ok(valid > 60, String(valid));
});

for (const [name, protocol] of [["tcp", "tcp"], ["Tcp", "tcp"], ["sctp", "sctp"], ["UDP", "udp"]] as const) {
  Deno.test(`importKeepalived() reads protocol ${name} in any case`, async () => {
    const imported = await importText(serviceOf(REAL).replace("protocol TCP", `protocol ${name}`));
    assert.match(imported.text, new RegExp(`listen: ${protocol}://192`));
    assert.deepEqual(imported.unmapped, []);
  });
}

for (const line of ["lvs_sched RR", "lvs_sched Rr", "lb_algo RR", "lvs_method nat", "lb_kind Nat", "ip_family INET"]) {
  Deno.test(`importKeepalived() refuses ${line} in this case, as keepalived does`, async () => {
    const imported = await importText(serviceOf(`${REAL}\n${line}`));
    assert.deepEqual(imported.unmapped.map(({ directive }) => directive), [line]);
  });
}

Deno.test("importKeepalived() passes bytes that are not UTF-8 in comments, and names the line with one in a value", async () => {
  const latin1 = (text: string): string => decodeBytes(Uint8Array.from(text, (character) => character.charCodeAt(0)));
  const fine = await importText(latin1(`# caf\xe9\n$UNUSED=\xe9\n${serviceOf(`${REAL} ! \xfc`)}`));
  assert.deepEqual(fine.unmapped, []);
  const bad = await importText(latin1(serviceOf(`${REAL}\nvirtualhost caf\xe9`)));
  assert.deepEqual(bad.unmapped.map(({ line, reason }) => [line, reason]), [
    [6, "it must be UTF-8 text, not the byte 0xe9; it is ignored"],
  ]);
});

Deno.test("importKeepalived() gives a service of both families of a group all servers by tunnels", async () => {
  const group = "virtual_server_group both {\n192.0.2.10 80\n2001:db8::10 80\n}\n";
  const reals = "real_server 10.0.0.11 80 { }\nreal_server 2001:db8:1::11 80 { }";
  const text = serviceOf(reals).replace("192.0.2.10 80", "group both");
  const tunnels = await importText(group + text.replace("NAT", "TUN"));
  const { services } = await parseConfig(tunnels.text, { file: "-" });
  assert.deepEqual(services.map(({ servers }) => servers.length), [2, 2]);
  assert.deepEqual(tunnels.unmapped, []);
  const nat = await importText(group + text);
  assert.match(nat.text, /^services: \[\]$/m);
  assert.match(formatReport(nat), /addresses of both families/);
});

Deno.test("importKeepalived() merges virtual servers of one address, and names the settings that it does not use", async () => {
  const second = serviceOf("quorum 2\nweight 7\nreal_server 10.0.0.12 80 { }\nreal_server 10.0.0.11 80 { }");
  const imported = await importText(serviceOf(REAL) + second.replace("rr", "wlc"));
  const { services: [service, ...others] } = await parseConfig(imported.text, { file: "-" });
  assert.deepEqual(others, []);
  assert.equal(service?.service.scheduler, "rr");
  assert.deepEqual(service?.servers.map(({ address, weight }) => [address, weight]), [["10.0.0.11", 1], [
    "10.0.0.12",
    7,
  ]]);
  assert.deepEqual(imported.unmapped.map(({ line }) => line), [8, 11, 14]);
});

Deno.test("importKeepalived() makes panic_threshold of a sorry server that is a server", async () => {
  const imported = await importText(serviceOf(`${REAL}\nsorry_server 10.0.0.11 80`));
  assert.match(imported.text, /^ {4}panic_threshold: 1 /m);
  assert.deepEqual(imported.unmapped.map(({ line }) => line), [6]);
});

for (
  const [lines, weight] of [["weight 3x", 3], ["weight 010", 10], ["weight +4", 4], ["weight 0x10", 0], [
    "weight -1",
    1,
  ]] as const
) {
  Deno.test(`importKeepalived() reads ${lines} as keepalived does`, async () => {
    const imported = await importText(serviceOf(`real_server 10.0.0.11 80x { ${lines} }`));
    const { services: [service] } = await parseConfig(imported.text, { file: "-" });
    assert.equal(service?.servers[0]?.weight, weight);
  });
}

for (
  const [script, command] of [
    ["check.sh d", "[/opt/bin/check.sh, d]"],
    ["/opt/bin/other.sh", "[/opt/bin/other.sh]"],
    ["check.sh > /dev/null", '[/opt/bin/check.sh, ">", /dev/null]'],
    ["</dev/tcp/127.0.0.1/80", '[/bin/bash, "-c", "</dev/tcp/127.0.0.1/80"]'],
    ["none.sh", undefined],
  ] as const
) {
  Deno.test(`importKeepalived() finds the program of misc_path "${script}"`, async () => {
    const world = importWorld({ files: { "/opt/bin/check.sh": "" }, variables: { PATH: "/usr/bin:/opt/bin" } });
    const { text, unmapped } = await importText(
      serviceOf(`real_server 10.0.0.11 80 {\nMISC_CHECK {\nmisc_path "${script}"\n}\n}`),
      world,
    );
    assert.equal(/command: (.*?)(?: #.*)?$/m.exec(text)?.[1], command);
    assert.equal(unmapped.length, command === undefined ? 1 : 0);
  });
}

Deno.test("importKeepalived() keeps the good addresses of mails, and names a bad one once", async () => {
  const globals = "global_defs {\nnotification_email { root  ops@example.com\n a@b@c\n}\n" +
    "notification_email_from lvs-1\n}\n";
  const imported = await importText(globals + serviceOf(`${REAL}\nreal_server 10.0.0.12 80 { }`));
  assert.match(imported.text, /to: \["?root@localhost"?, "?ops@example.com"?\]/);
  assert.match(imported.text, /from: "?lvs-1@localhost/);
  assert.deepEqual(imported.unmapped.map(({ line, reason }) => [line, reason]), [
    [3, "a@b@c is not a mail address; it is left out"],
  ]);
});

Deno.test("importKeepalived() shows no secrets", async () => {
  const lines = "authentication {\n auth_pass hidden\n auth_type AH\n}\ninterface eth0\nvirtual_router_id 1\n";
  const secret = `SSL {\n password "top secret"\n}\nvrrp_instance V {\n${lines}virtual_ipaddress { 192.0.2.9 }\n}\n`;
  const imported = await importText(secret + serviceOf(REAL));
  assert.equal(imported.unmapped.length, 2);
  assert.doesNotMatch(imported.text + formatReport(imported), /top secret|hidden/);
});

Deno.test("importKeepalived() imports a thousand services", async () => {
  const text = `$ONE= \\
virtual_server 192.0.\${A}.\${B} 80 { \\
  lvs_sched rr \\
  lvs_method NAT \\
  protocol TCP \\
  real_server 10.0.0.11 80 { \\
    TCP_CHECK { \\
    } \\
  } \\
}
~SEQ(A, 0, 3) ~SEQ(B, 0, 249) $ONE
`;
  const { text: converted, unmapped } = await importText(text);
  assert.deepEqual(unmapped, []);
  assert.equal((await parseConfig(converted, { file: "-" })).services.length, 1000);
});

Deno.test("importKeepalived() writes timeouts that are longer than delay_loop as they are, without a remark", async () => {
  const { text } = await importText(
    "virtual_server 192.0.2.10 80 {\n delay_loop 2\n lb_kind NAT\n protocol TCP\n" +
      ' real_server 10.0.0.11 80 {\n  MISC_CHECK {\n   misc_path "/usr/local/bin/check"\n   misc_timeout 30\n  }\n }\n' +
      " real_server 10.0.0.12 80 {\n  TCP_CHECK {\n   connect_timeout 10\n  }\n }\n" +
      " real_server 10.0.0.13 80 {\n  TCP_CHECK {\n   connect_timeout 1\n  }\n }\n}\n",
  );
  const { services } = await parseConfig(text, { file: "-" });
  const timings = services[0]?.servers.map((server) => {
    const { intervalMs, timeoutMs } = checkOf(services[0] ?? {}, server) ?? {};
    return [intervalMs, timeoutMs];
  });
  assert.deepEqual(timings, [[2000, 30_000], [2000, 10_000], [2000, 1000]]);
  assert.doesNotMatch(text, /keepalived's timeout|ends a probe/);
});

/**
 * The guest's part of package_test.ts: a director with a Debian of its own, in which the earlier version of the package
 * is installed and systemd is process 1.
 *
 * @module
 */
import assert from "node:assert/strict";
import { fieldsOf, itemsOf } from "../../../core/json/mod.ts";
import { chapter, readPage, tableRows } from "../../support/manual.ts";
import { procRows } from "../../support/outside_view.ts";
import { BackgroundProcess } from "../background_process.ts";
import { until } from "../director.ts";
import { ManualNetwork } from "../manual_network.ts";
import { startTraffic } from "../traffic.ts";

const ROOT = Deno.env.get("LVSCTL_DEBIAN") ?? "";
const PACKAGE = Deno.env.get("LVSCTL_PACKAGE") ?? "";
const [EARLIER, PRESENT] = (Deno.env.get("LVSCTL_LAB_VERSIONS") ?? "").split(" ");

/** How often /proc counts in a second here. */
const TICKS_PER_SECOND = 100;

const METRICS = "/run/lvsctl/lvsctl.prom";

const FILE = `version: 1
metrics: { file: ${METRICS}, interval: 2s }
vips:
  - { address: 192.0.2.10/32, device: eth0 }
defaults:
  notify:
    - { type: exec, command: [/usr/local/sbin/announce, "{event}", "{server}"], on: [server_down, server_up] }
services:
  - name: web
    listen: tcp://192.0.2.10:80
    check: { type: http, path: /, interval: 1s, timeout: 10s, fall: 3 }
    servers: [10.0.0.11:8080, 10.0.0.12:8080]
  - name: script
    listen: tcp://192.0.2.10:81
    scheduler: mh
    check: { type: exec, command: [/usr/local/sbin/probe, "{address}"], interval: 1s, timeout: 10s, fall: 3 }
    servers: [web2.example.com:8080]
  - name: tls
    listen: tcp://192.0.2.10:443
    scheduler: sed
    check: { type: tls, interval: 1s, timeout: 10s, fall: 3, tls: { verify: false } }
    servers: [10.0.0.11:8443]
  - name: ping
    listen: udp://192.0.2.10:53
    check: { type: ping, interval: 1s, timeout: 10s, fall: 3 }
    servers: [10.0.0.11:53]
`;

const PROBE = '#!/bin/bash\nexec 3<>"/dev/tcp/$1/8080"\n';

/** Does what the manual's table names: reads, writes, sets an interface, becomes another user, and takes a priority. */
const NEEDY_PROBE = `#!/bin/sh
set -e
cat /srv/secret /root/secret
touch /var/log/lvs/probed /tmp/probed
echo 0 >/proc/sys/net/ipv4/conf/all/arp_ignore
setpriv --reuid nobody --regid nogroup --clear-groups true
chrt --rr 1 true
`;

const LISTEN = "ExecStart=\nExecStart=/usr/sbin/lvsctl run /etc/lvsctl/lvsctl.yaml --listen 127.0.0.1:89\n";

const FILES = {
  "/etc/lvsctl/lvsctl.yaml": FILE,
  "/etc/sysctl.d/lvsctl.conf": "net.ipv4.ip_forward = 1\n",
  "/etc/hosts": "127.0.0.1 localhost\n10.0.0.12 web2.example.com\n",
  "/usr/local/sbin/announce": '#!/bin/sh\nlogger --tag announce "$1 $2"\n',
  "/usr/local/sbin/probe": PROBE,
};

const WEB = { address: "192.0.2.10", port: 80 };

/** How long an answer or a change may take on a busy machine. */
const PATIENCE_MS = 60_000;

/** Requests until the test ends them. */
const UNTIL_ENDED = { count: 100_000, perSecond: 10, timeoutMs: PATIENCE_MS };

const CERTIFICATE =
  "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=web -keyout key -out cert";

/** The director and what is looked at from outside. */
interface Stage {
  readonly test: Deno.TestContext;
  readonly network: ManualNetwork;
}

Deno.test("the daemon of the package under systemd", async (test) => {
  await using network = await ManualNetwork.create({ systemd: true, root: ROOT });
  for (const [path, text] of Object.entries(FILES)) await network.write("director", { path, text });
  for (const host of ["web1", "web2"] as const) {
    await network.shell(host, "hostname >/srv/index.html; busybox httpd -p 8080 -h /srv");
  }
  await network.shell(
    "web1",
    `cd /root; ${CERTIFICATE}; openssl s_server -quiet -accept 8443 -cert cert -key key >/dev/null 2>&1 &`,
  );
  for (const steps of [startAndReboot, confine, allow, upgrade, otherUnits, remove]) await steps({ test, network });
});

/** Runs a command of the director's shell, which has to succeed, and returns its standard output. */
async function must(network: ManualNetwork, command: string): Promise<string> {
  const { code, stdout, stderr } = await network.shell("director", command);
  assert.equal(code, 0, `${command}\n${stdout}${stderr}`);
  return stdout;
}

async function startAndReboot({ test, network }: Stage): Promise<void> {
  await test.step("systemctl enable --now: every check finds its server healthy, through the unit's filter", async () => {
    await must(network, "chmod 755 /usr/local/sbin/*; sysctl --quiet --system; systemctl enable --quiet --now lvsctl");
    await untilHealthy(network);
    assert.equal(await must(network, "lvsctl version"), `lvsctl ${EARLIER}\n`);
  });
  await test.step("after a reboot the director serves", async () => {
    await network.reboot();
    await untilHealthy(network);
    await using traffic = await startTraffic("client", WEB, { timeoutMs: PATIENCE_MS });
    const { servers, failures } = await traffic.answers();
    assert.deepEqual({ names: Object.keys(servers).toSorted(), failures }, { names: ["web1", "web2"], failures: {} });
  });
}

async function confine({ test, network }: Stage): Promise<void> {
  await test.step("the daemon has two capabilities, a filter of system calls, and no way to more", async () => {
    const status = await must(network, 'cat "/proc/$(systemctl show --property MainPID --value lvsctl)/status"');
    const field = (name: string): string => new RegExp(`^${name}:\\s*(\\w+)$`, "m").exec(status)?.[1] ?? "";
    assert.deepEqual([field("CapBnd"), field("CapEff"), field("NoNewPrivs"), field("Seccomp")], [
      "0000000000003000",
      "0000000000003000",
      "1",
      "2",
    ]);
  });
  await test.step("the daemon writes its metrics where the manual says, and any user can read them", async () => {
    assert.equal(await must(network, `stat --format '%a %U' ${METRICS}`), "644 root\n");
    const read = `setpriv --reuid nobody --regid nogroup --clear-groups grep lvsctl_daemon_up ${METRICS}`;
    assert.match(await must(network, read), /^lvsctl_daemon_up 1$/m);
  });
  await test.step("a program of a notification runs under the filter", async () => {
    await network.shell("web2", "pkill -f '^busybox httpd'");
    await untilStatus(network, 4);
    await network.shell("web2", "busybox httpd -p 8080 -h /srv");
    await untilHealthy(network);
    await until(async () => {
      const log = await must(network, "journalctl --identifier announce --output cat");
      return log.includes("server_down 10.0.0.12:8080") && log.includes("server_up 10.0.0.12:8080");
    }, { withinMs: PATIENCE_MS, what: "both events were announced" });
  });
  await test.step("a command of the daemon's socket, a reload and an override work", async () => {
    await must(network, "lvsctl server maint all 10.0.0.11 --reason disk && lvsctl server ready all 10.0.0.11");
    await must(network, "systemctl reload lvsctl");
    await untilHealthy(network);
  });
}

async function allow({ test, network }: Stage): Promise<void> {
  await test.step("what the manual names for a drop-in allows what the unit alone refuses", async () => {
    const rows = tableRows(chapter((await readPage("docs/daemon.md")).text, "What the unit allows"));
    const settings = rows.flatMap(([, needs = ""]) => [...needs.matchAll(/`([^`]+)`/g)].map(([, one = ""]) => one))
      .map((setting) => setting.replace("DIRECTORY", "/var/log/lvs"));
    assert.equal(settings.length, 12);
    await must(
      network,
      "mkdir /var/log/lvs; touch /root/secret /srv/secret; chown nobody /srv/secret; chmod 600 /srv/secret",
    );
    await network.write("director", { path: "/usr/local/sbin/probe", text: NEEDY_PROBE });
    await untilStatus(network, 4);
    await network.write("director", {
      path: "/etc/systemd/system/lvsctl.service.d/commands.conf",
      text: `[Service]\n${LISTEN}${settings.join("\n")}\n`,
    });
    await must(network, "systemctl daemon-reload; systemctl restart lvsctl");
    await untilHealthy(network);
    await must(network, "test -e /tmp/probed; bash -c 'exec 3<>/dev/tcp/127.0.0.1/89'");
    await network.write("director", { path: "/usr/local/sbin/probe", text: PROBE });
    await must(
      network,
      "rm -r /etc/systemd/system/lvsctl.service.d; systemctl daemon-reload; systemctl restart lvsctl",
    );
    await untilHealthy(network);
  });
}

async function upgrade({ test, network }: Stage): Promise<void> {
  await test.step("an upgrade leaves table, health, addresses and requests as they are", async () => {
    const before = await healthOf(network);
    assert.equal(before.version, EARLIER);
    await using traffic = await startTraffic("client", WEB, UNTIL_ENDED);
    await using witness = await Witness.start();
    await must(network, `dpkg --force-unsafe-io --install ${PACKAGE}`);
    await untilHealthy(network);
    const after = await healthOf(network);
    assert.deepEqual(after, { version: PRESENT, since: before.since });
    assert.deepEqual({ tables: witness.tables.size, addresses: witness.addresses }, { tables: 1, addresses: "" });
    const { servers, failures } = await traffic.ended();
    assert.deepEqual({ names: Object.keys(servers).toSorted(), failures }, { names: ["web1", "web2"], failures: {} });
  });
  await test.step("an upgrade removes the earlier version's cache, and starts no unit that did not run", async () => {
    assert.equal(await must(network, "ls /var/cache/lvsctl | wc -l"), "1\n");
    assert.equal(await must(network, "systemctl is-active lvsctl-check.timer || true"), "inactive\n");
  });
}

async function otherUnits({ test, network }: Stage): Promise<void> {
  await test.step("the unit of the timer checks and the unit for the boot restores, through the same filter", async () => {
    await must(network, `systemctl stop lvsctl; test ! -e ${METRICS}`);
    const table = await must(network, "lvsctl save");
    await must(network, "lvsctl flush --yes");
    // A server is healthy after two rounds.
    for (let round = 1; round <= 2; round++) await must(network, "systemctl start lvsctl-check");
    assert.equal(await must(network, "lvsctl save"), table);
    await must(network, "cp /etc/lvsctl/lvsctl.yaml /root; lvsctl save >/etc/lvsctl/lvsctl.yaml; lvsctl flush --yes");
    await must(network, "systemctl start lvsctl-restore");
    assert.equal(await must(network, "lvsctl save"), table);
    await must(network, "cp /root/lvsctl.yaml /etc/lvsctl; systemctl start lvsctl");
    await untilHealthy(network);
  });
}

async function remove({ test, network }: Stage): Promise<void> {
  await test.step("a removal stops the daemon; table, addresses and requests stay as they are", async () => {
    await using traffic = await startTraffic("client", WEB, UNTIL_ENDED);
    await using witness = await Witness.start();
    await must(network, "dpkg --remove lvsctl");
    await must(
      network,
      "test ! -e /usr/sbin/lvsctl -a ! -e /var/cache/lvsctl -a ! -e /lib/systemd/system/lvsctl.service",
    );
    assert.equal((await network.shell("director", "pgrep lvsctl")).code, 1);
    await must(network, "test -s /etc/lvsctl/lvsctl.yaml -a -d /var/lib/lvsctl");
    await must(network, "dpkg --purge lvsctl");
    await must(network, "test -s /etc/lvsctl/lvsctl.yaml -a ! -e /var/lib/lvsctl");
    assert.equal(await must(network, "find /etc/systemd/system -name 'lvsctl*'"), "");
    assert.deepEqual({ tables: witness.tables.size, addresses: witness.addresses }, { tables: 1, addresses: "" });
    assert.match(await must(network, "ip address show dev eth0"), /192\.0\.2\.10\/32/);
    assert.deepEqual((await traffic.ended()).failures, {});
  });
}

async function untilHealthy(network: ManualNetwork): Promise<void> {
  await untilStatus(network, 0);
}

/** Waits until lvsctl status ends with an exit status. */
async function untilStatus(network: ManualNetwork, status: number): Promise<void> {
  let printed = "";
  await until(async () => {
    const { code, stdout, stderr } = await network.shell("director", "lvsctl status");
    printed = stdout + stderr;
    return code === status;
  }, { withinMs: PATIENCE_MS, what: `lvsctl status ends with ${status}`, state: () => printed });
}

/** What the daemon says of itself and of its servers, as far as it outlives an upgrade. */
async function healthOf(network: ManualNetwork): Promise<{ readonly version: unknown; readonly since: unknown }> {
  const status = fieldsOf(JSON.parse(await must(network, "lvsctl status --json")));
  const servers = itemsOf(status["services"]).flatMap((service) => itemsOf(fieldsOf(service)["servers"]));
  return {
    version: fieldsOf(status["daemon"])["version"],
    since: servers.map(fieldsOf).map(({ address, health, weight, since }) => ({ address, health, weight, since })),
  };
}

/** Sees every change of the director's addresses, and reads its table again and again. */
class Witness implements AsyncDisposable {
  /** The tables that it has read, without connections, each once. */
  readonly tables = new Set<string>();
  readonly #monitor: BackgroundProcess;
  readonly #timer: ReturnType<typeof setInterval>;

  private constructor(monitor: BackgroundProcess) {
    this.#monitor = monitor;
    this.#read();
    this.#timer = setInterval(() => this.#read(), 100);
  }

  static async start(): Promise<Witness> {
    const monitor = BackgroundProcess.start(
      ["ip", "netns", "exec", "director", "sh", "-c", "echo here; exec ip monitor address"],
    );
    await monitor.untilOutput(/^here\n/);
    return new Witness(monitor);
  }

  /** The changes of addresses so far. */
  get addresses(): string {
    return this.#monitor.stdout.replace(/^here\n/, "");
  }

  /** Stops looking. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await this.#monitor.stop();
  }

  #read(): void {
    const rows = procRows(Deno.readTextFileSync(`/proc/${this.#monitor.pid}/net/ip_vs`), TICKS_PER_SECOND);
    this.tables.add(rows.map((row) => row.replace(/ \d+ \d+$/, "")).join("\n"));
  }
}

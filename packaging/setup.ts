/**
 * `deno task setup`: installs the missing packages for building and testing; with the argument `build`, those for
 * building only.
 *
 * It runs before any npm package is installed, so it imports none.
 *
 * @module
 */

/** A Debian package, and the reason to install it. */
interface DebianPackage {
  readonly name: string;
  readonly reason: string;
  /** Programs or files; any one of them makes the package unnecessary. */
  readonly unless?: readonly string[];
  /** Its systemd unit, which must run only in the lab. */
  readonly service?: string;
  /** Whether building needs it too. */
  readonly builds?: true;
}

const DEBIAN_PACKAGES: readonly DebianPackage[] = [
  { name: "libnl-3-200", reason: "netlink sockets, which lvsctl opens through FFI" },
  { name: "libnl-genl-3-200", reason: "generic netlink, the protocol of IPVS" },
  { name: "gcc", reason: "builds the launcher that carries the program", unless: ["cc", "gcc"], builds: true },
  { name: "libc6-dev", reason: "headers for gcc", unless: ["/usr/include/stdio.h"], builds: true },
  { name: "user-mode-linux", reason: "the lab's kernel: Linux with IPVS as an ordinary process" },
  { name: "ipvsadm", reason: "the oracle that the lab compares with" },
  { name: "ldirectord", reason: "a user of ipvsadm that must also work with lvsctl in its place" },
  { name: "keepalived", reason: "checks servers next to lvsctl in the lab", service: "keepalived" },
  { name: "iptables", reason: "firewall marks in the lab" },
  { name: "iproute2", reason: "namespaces, links and addresses in the lab" },
  { name: "libssl3", reason: "TLS of the checks, through FFI" },
  { name: "redis-server", reason: "a server that the lab checks by redis", service: "redis-server" },
  { name: "mariadb-server-core", reason: "a server that the lab checks by mysql" },
  { name: "mariadb-client-core", reason: "creates the databases of mariadb-server-core" },
  { name: "postgresql-15", reason: "a server that the lab checks by postgresql", service: "postgresql" },
  { name: "freeradius", reason: "a server that the lab checks by radius", service: "freeradius" },
  { name: "sip-tester", reason: "a server that the lab checks by sip" },
  { name: "sn", reason: "a server that the lab checks by nntp", service: "openbsd-inetd" },
  { name: "rtsp-server-perl", reason: "a server that the lab checks by rtsp", service: "rtsp-server-perl" },
  { name: "python3-grpcio", reason: "a server that the lab checks by grpc" },
  { name: "kmod", reason: "modprobe, which the lab's kernel calls" },
  { name: "busybox-static", reason: "small programs for the lab's guest, where starting a program is slow" },
  { name: "util-linux", reason: "unshare, setpriv, taskset, flock and mount, which isolate a guest" },
  { name: "procps", reason: "sysctl and ps in the lab" },
  {
    name: "systemd",
    reason: "networkd, which reads the files of realserver in the lab, and systemd-analyze, which reads our unit",
    unless: ["/lib/systemd/systemd-networkd"],
  },
  { name: "prometheus", reason: "promtool, which reads our metrics", service: "prometheus", unless: ["promtool"] },
  { name: "chromium", reason: "shows our status page", unless: ["chromium"] },
  { name: "lintian", reason: "reads our packages" },
  { name: "mmdebstrap", reason: "makes the clean Debian in which our packages are installed" },
  { name: "gcc-aarch64-linux-gnu", reason: "builds the launcher for arm64", unless: ["aarch64-linux-gnu-gcc"] },
  { name: "libc6-dev-arm64-cross", reason: "headers and libraries of arm64" },
  { name: "qemu-user-static", reason: "runs the program for arm64", unless: ["qemu-aarch64-static"] },
  { name: "mandoc", reason: "reads our manual pages", unless: ["mandoc"] },
  { name: "zsh", reason: "a shell that completes lvsctl's words", unless: ["zsh"] },
  { name: "fish", reason: "a shell that completes lvsctl's words", unless: ["fish"] },
  { name: "tmux", reason: "a terminal that says which rows it wrapped", unless: ["tmux"] },
  { name: "curl", reason: "client of most protocols that the lab balances", unless: ["curl"] },
  { name: "socat", reason: "SCTP in the lab" },
  { name: "nginx-light", reason: "HTTP and HTTPS servers in the lab", service: "nginx" },
  { name: "openssl", reason: "certificates of the lab's servers" },
  { name: "vsftpd", reason: "FTP servers in the lab", service: "vsftpd" },
  { name: "postfix", reason: "SMTP servers in the lab", service: "postfix" },
  { name: "dovecot-imapd", reason: "IMAP servers in the lab", service: "dovecot" },
  { name: "dovecot-pop3d", reason: "POP3 servers in the lab" },
  { name: "slapd", reason: "LDAP servers in the lab", service: "slapd" },
  { name: "tinyproxy-bin", reason: "HTTP proxies in the lab" },
  { name: "dnsmasq-base", reason: "DNS servers in the lab" },
  { name: "bird2", reason: "announces VIPs and is a router in the lab", service: "bird" },
  { name: "frr", reason: "announces VIPs in the lab", service: "frr" },
  { name: "bind9-dnsutils", reason: "dig, the lab's DNS client" },
  { name: "chrony", reason: "NTP servers in the lab", service: "chrony" },
  { name: "etcd-server", reason: "the store of the lab's clusters", service: "etcd" },
  { name: "ntpsec-ntpdig", reason: "ntpdig, the lab's NTP client" },
];

/** A failure of the machine, not of the program: printed as one line, without a stack. */
class SetupError extends Error {
  override readonly name = "SetupError";
}

function print(message: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(`setup: ${message}\n`));
}

function exists(path: string | URL): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}

function isAvailable(programOrFile: string): boolean {
  if (programOrFile.startsWith("/")) return exists(programOrFile);
  return (Deno.env.get("PATH") ?? "").split(":").some((directory) => exists(`${directory}/${programOrFile}`));
}

interface Result {
  readonly success: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

async function run(program: string, args: readonly string[]): Promise<Result> {
  const decoder = new TextDecoder();
  try {
    const { success, stdout, stderr } = await new Deno.Command(program, {
      args: [...args],
      env: { DEBIAN_FRONTEND: "noninteractive", LC_ALL: "C.UTF-8" },
      stdin: "null",
    }).output();
    return { success, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new SetupError(`the program ${program} is missing: this set-up is for Debian`);
  }
}

/** The errors of apt-get, in one line. */
function aptErrors(result: Result): string {
  return result.stderr.split("\n").filter((line) => line.startsWith("E:")).map((line) => line.slice(2).trim()).join(
    "; ",
  );
}

async function missingPackages(packages: readonly DebianPackage[]): Promise<readonly DebianPackage[]> {
  const wanted = packages.filter(({ unless }) => !unless?.some(isAvailable));
  if (wanted.length === 0) return [];
  // It fails if it does not know one of them, but lists the others nevertheless.
  const { stdout } = await run("dpkg-query", [
    "--show",
    "--showformat=${db:Status-Status} ${Package}\n",
    ...wanted.map(({ name }) => name),
  ]);
  const installed = new Set(stdout.split("\n"));
  return wanted.filter(({ name }) => !installed.has(`installed ${name}`));
}

/** Debian's packages run this program before they start a service; status 101 forbids it. */
const SERVICE_POLICY = "/usr/sbin/policy-rc.d";

/** Installs packages without starting services, unless the machine has its own policy. */
async function withoutServices<T>(install: () => Promise<T>): Promise<T> {
  if (exists(SERVICE_POLICY)) return await install();
  Deno.writeTextFileSync(SERVICE_POLICY, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  try {
    return await install();
  } finally {
    Deno.removeSync(SERVICE_POLICY);
  }
}

async function installDebianPackages(): Promise<void> {
  const isForBuilding = Deno.args[0] === "build";
  const missing = await missingPackages(DEBIAN_PACKAGES.filter(({ builds }) => builds === true || !isForBuilding));
  if (missing.length === 0) return;
  const names = missing.map(({ name }) => name);
  if (Deno.uid() !== 0) throw new SetupError(`must be run by root, to install ${names.join(" ")}`);
  for (const { name, reason } of missing) print(`installing ${name}: ${reason}`);
  const options = ["--quiet=2", "--option=DPkg::Lock::Timeout=120"];
  const update = await run("apt-get", [...options, "update"]);
  // An old list may suffice, so a failed update alone is no error.
  const install = await withoutServices(() =>
    run("apt-get", [...options, "install", "--yes", "--no-install-recommends", ...names])
  );
  if (install.success) {
    const services = missing.flatMap(({ service }) => service === undefined ? [] : [service]);
    // The services must not start at the next boot either.
    if (services.length > 0 && isAvailable("systemctl")) await run("systemctl", ["--quiet", "disable", ...services]);
    return;
  }
  const reason = [aptErrors(install), aptErrors(update)].filter((text) => text !== "").join("; ");
  throw new SetupError(`apt-get could not install ${names.join(" ")}: ${reason || "no reason given"}`);
}

/** Installs the packages of deno.lock, unless the stamp in node_modules shows that they are installed. */
async function installNpmPackages(): Promise<void> {
  const root = new URL("../", import.meta.url);
  const wanted = ["deno.json", "deno.lock"].map((name) => Deno.readTextFileSync(new URL(name, root))).join("");
  const stamp = new URL("node_modules/.setup", root);
  if (exists(stamp) && Deno.readTextFileSync(stamp) === wanted) return;
  print("installing the npm packages that deno.lock names");
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ["install", "--frozen", "--quiet"],
    cwd: root,
    // With the machine's own certificates, like npm and apt.
    env: { DENO_TLS_CA_STORE: Deno.env.get("DENO_TLS_CA_STORE") ?? "mozilla,system", DENO_NO_UPDATE_CHECK: "1" },
    stdin: "null",
    stdout: "inherit",
    stderr: "inherit",
  }).output();
  if (!success) throw new SetupError("deno install could not get the npm packages that deno.lock names");
  Deno.writeTextFileSync(stamp, wanted);
}

/** Runs one installation; returns whether it succeeded. */
async function succeeds(install: () => Promise<void>): Promise<boolean> {
  try {
    await install();
    return true;
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    print(error.message);
    return false;
  }
}

if (import.meta.main) {
  // Both run, even if the first fails.
  const results = [await succeeds(installNpmPackages), await succeeds(installDebianPackages)];
  if (results.includes(false)) Deno.exit(1);
}

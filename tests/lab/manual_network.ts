/**
 * The network of the manual: a director between a client and two web servers, each a host with its own files.
 *
 * ```text
 * client 192.0.2.100 --- 192.0.2.1 eth0 director eth1 10.0.0.1 --- web1 10.0.0.11, web2 10.0.0.12
 *    10.0.0.254 ------------------------------------------------------+
 * ```
 *
 * The client is also a router of the web servers' network, which direct routing and tunnels need.
 *
 * @module
 */
import { ROOT } from "../suite.ts";
import type { HostName } from "../support/manual.ts";
import { BackgroundProcess } from "./background_process.ts";
import { lvsctlPath, until } from "./director.ts";
import { MOUNT_ROOT } from "./installed_root.ts";
import { type CommandResult, ip, Namespaces, run } from "./namespace.ts";

/** The links of a host, as `ip` commands in the guest's first namespace, and what follows inside. */
const LINKS: Readonly<Record<HostName, readonly string[]>> = {
  director: [
    "link add eth0 netns director type veth peer name eth0 netns client",
    "link add eth1 netns director type veth peer name director netns lan",
  ],
  client: ["link add eth1 netns client type veth peer name client netns lan"],
  web1: ["link add eth0 netns web1 type veth peer name web1 netns lan"],
  web2: ["link add eth0 netns web2 type veth peer name web2 netns lan"],
};

const ADDRESSES: Readonly<Record<HostName, readonly string[]>> = {
  director: [
    "address add 192.0.2.1/24 dev eth0",
    "address add 2001:db8::1/64 dev eth0 nodad",
    "address add 10.0.0.1/24 dev eth1",
    "address add fd00::1/64 dev eth1 nodad",
    "link set eth0 up",
    "link set eth1 up",
    "route add default via 192.0.2.100",
  ],
  client: ["address add 10.0.0.254/24 dev eth1", "link set eth1 up"],
  web1: [
    "address add 10.0.0.11/24 dev eth0",
    "address add fd00::11/64 dev eth0 nodad",
    "link set eth0 up",
    "route add default via 10.0.0.1",
  ],
  web2: [
    "address add 10.0.0.12/24 dev eth0",
    "address add fd00::12/64 dev eth0 nodad",
    "link set eth0 up",
    "route add default via 10.0.0.1",
  ],
};

/** Joins the client with the director that is there now. */
const CLIENT_SIDE = [
  "address add 192.0.2.100/24 dev eth0",
  "address add 2001:db8::100/64 dev eth0 nodad",
  "link set eth0 up",
];

/** What hosts can write: each has its own. */
const WRITABLE = ["/etc", "/root", "/srv", "/usr/local", "/usr/share", "/var"] as const;

// The files are below $1, and so they outlive a restart of the host. What the guest sees of / is read-only. The
// repository, with the program, may lie below a directory that is covered here.
const MOUNT = `files=$1
repository=${ROOT}
exec 9<"$repository"
for path in ${WRITABLE.join(" ")}; do
  mkdir -p "$files$path/upper" "$files$path/work"
  mount -t overlay overlay -o "lowerdir=$path,upperdir=$files$path/upper,workdir=$files$path/work" "$path"
done
mount -t tmpfs tmp /tmp
mount -t tmpfs run /run
mount -t tmpfs shm /dev/shm
if [ ! -e "$repository" ]; then
  mkdir -p "$repository"
  mount --no-canonicalize --bind /proc/self/fd/9 "$repository"
fi
exec 9<&-
`;

// Without the services that the machine itself has: systemd starts those that the manual enables.
const START_SYSTEMD = `if [ ! -e /etc/systemd/prepared ]; then
  rm -rf /etc/systemd/system/*.wants
  for unit in getty.target systemd-logind.service dbus.service dbus.socket systemd-udevd.service remote-fs.target \\
    systemd-update-utmp.service systemd-update-utmp-runlevel.service systemd-random-seed.service \\
    systemd-journal-flush.service systemd-machine-id-commit.service systemd-firstboot.service; do
    ln -sf /dev/null "/etc/systemd/system/$unit"
  done
  touch /etc/systemd/prepared
fi
mount -t cgroup2 cgroup /sys/fs/cgroup
export container=guest
exec /lib/systemd/systemd --unit=multi-user.target --show-status=0 --log-target=null
`;

/** What the network is made for. */
export interface ManualNetworkOptions {
  /** Whether systemd is process 1 of the director. */
  readonly systemd: boolean;
  /**
   * A directory with the director's own Debian, in which nothing is installed for it. Without, the director sees this
   * machine's programs, and the compiled lvsctl below /usr/local.
   */
  readonly root?: string;
}

/** A host that runs. */
interface Host {
  readonly holder: BackgroundProcess;
  /** Its process 1, as the guest's first namespace counts. */
  readonly pid: number;
}

/** The network, which is there until it is disposed of. */
export class ManualNetwork implements AsyncDisposable {
  readonly #namespaces: Namespaces;
  readonly #files: string;
  readonly #hosts = new Map<HostName, Host>();
  readonly #options: ManualNetworkOptions;

  private constructor(namespaces: Namespaces, options: ManualNetworkOptions & { readonly files: string }) {
    this.#namespaces = namespaces;
    this.#files = options.files;
    this.#options = options;
  }

  /**
   * Makes the network.
   *
   * @param options what the director is
   * @returns the network
   */
  static async create(options: ManualNetworkOptions): Promise<ManualNetwork> {
    const namespaces = await Namespaces.create(["lan", "director", "client", "web1", "web2"], [
      "link add br0 netns lan type bridge mcast_snooping 0",
      ...Object.values(LINKS).flat(),
    ]);
    const network = new ManualNetwork(namespaces, { ...options, files: await Deno.makeTempDir() });
    try {
      await ip(["link set br0 up"], "lan");
      for (const port of ["director", "client", "web1", "web2"]) {
        await ip([`link set ${port} master br0`, `link set ${port} up`], "lan");
      }
      for (const [name, lines] of Object.entries(ADDRESSES)) {
        if (name === "director") await ip(CLIENT_SIDE, "client");
        await ip(lines, name);
      }
    } catch (error) {
      await network[Symbol.asyncDispose]();
      throw error;
    }
    return network;
  }

  /** Ends every host, and deletes the network. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const { holder } of this.#hosts.values()) await holder.stop();
    await this.#namespaces[Symbol.asyncDispose]();
  }

  /**
   * Runs a command by a host's shell, in the repository's directory; in / on a director with a Debian of its own.
   *
   * @param host where
   * @param command of a shell
   * @returns how it ended
   */
  async shell(host: HostName, command: string): Promise<CommandResult> {
    const inside = await this.#inside(host);
    if (this.#rootOf(host) !== undefined) return await run([...inside, "env", ...CLEAN_SHELL, command]);
    return await run([...inside, `--wd=${Deno.cwd()}`, "env", ...SHELL, command]);
  }

  /**
   * Writes a file of a host.
   *
   * @param host where
   * @param file its path and contents
   */
  async write(host: HostName, file: { readonly path: string; readonly text: string }): Promise<void> {
    const script = 'mkdir -p "$(dirname "$1")"; cat >"$1"';
    const { code, stderr } = await run([...await this.#inside(host), "sh", "-euc", script, "sh", file.path], {
      stdin: file.text,
    });
    if (code !== 0) throw new Error(`${file.path}: ${stderr}`);
  }

  /** Starts the director again: its processes, table, addresses and sysctls are gone, its files stay. */
  async reboot(): Promise<void> {
    await this.#hosts.get("director")?.holder.stop();
    this.#hosts.delete("director");
    // The links go at once, the rest of a namespace when the kernel gets to it.
    await ip(["link delete eth0", "link delete eth1"], "director");
    await ip(["netns delete director", "netns add director", ...LINKS.director]);
    await ip(["link set director master br0", "link set director up"], "lan");
    await ip(CLIENT_SIDE, "client");
    await ip(["link set lo up", ...ADDRESSES.director], "director");
  }

  /** What runs a program on a host, which is started if it does not run yet. */
  async #inside(name: HostName): Promise<readonly string[]> {
    const host = this.#hosts.get(name) ?? await this.#start(name);
    return ["nsenter", `--target=${host.pid}`, "--mount", "--uts", "--net", "--pid"];
  }

  #rootOf(name: HostName): string | undefined {
    return name === "director" ? this.#options.root : undefined;
  }

  async #start(name: HostName): Promise<Host> {
    const hasSystemd = this.#options.systemd && name === "director";
    const root = this.#rootOf(name);
    const script = `hostname ${name}
${root === undefined ? MOUNT + installation() : MOUNT_ROOT}
echo here
${hasSystemd ? START_SYSTEMD : "exec busybox sleep 3600"}`;
    const unshare = ["unshare", "--mount", "--uts", "--pid", "--fork", "--mount-proc", "--kill-child=KILL"];
    const holder = BackgroundProcess.start(
      ["ip", "netns", "exec", name, ...unshare, "sh", "-euc", script, "sh", `${this.#files}/${name}`, root ?? "/"],
    );
    try {
      await holder.untilOutput(/^here\n/);
      const children = await Deno.readTextFile(`/proc/${holder.pid}/task/${holder.pid}/children`);
      const host = { holder, pid: Number(children) };
      if (hasSystemd) await untilStarted(host.pid);
      this.#hosts.set(name, host);
      return host;
    } catch (error) {
      await holder.stop();
      throw error;
    }
  }
}

/** Puts the program where the manual expects it: below /usr/local, for units with PrivateTmp or ProtectHome. */
function installation(): string {
  return `mkdir -p /usr/local/lib/lvsctl
touch /usr/local/lib/lvsctl/program
mount --bind ${lvsctlPath()} /usr/local/lib/lvsctl/program
ln -sf /usr/local/lib/lvsctl/program /usr/local/sbin/lvsctl`;
}

/** A user's shell, without the variables of the lab that move lvsctl's files. */
const SHELL = ["--unset=LVSCTL_STATE_DIR", "HOME=/root", "sh", "-c"];

/** A shell with nothing of the lab in its environment. */
const CLEAN_SHELL = [
  "--ignore-environment",
  "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  "HOME=/root",
  "LANG=C.UTF-8",
  "sh",
  "-c",
];

/** Waits until systemd has started everything. */
async function untilStarted(pid: number): Promise<void> {
  const isRunning = ["nsenter", `--target=${pid}`, "--mount", "--pid", "systemctl", "is-system-running"];
  let state = "";
  await until(async () => {
    state = (await run(isRunning)).stdout.trim();
    return state === "running" || state === "degraded";
  }, { withinMs: 30_000, what: "systemd has started", state: () => state });
}

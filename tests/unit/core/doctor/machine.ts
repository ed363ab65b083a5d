import type { Host } from "../../../../cli/context/host.ts";
import { FixtureTree } from "../../../support/fixture_tree.ts";
import { PROC_TABLE } from "./captured.ts";

/** A machine of files, whose loader has some modules. */
export class FixtureMachine implements Host, Disposable {
  readonly tree: FixtureTree;
  readonly proc: string;
  readonly sys: string;
  /** What was loaded. */
  readonly loaded: string[] = [];
  /** What the loader finds; of one that is mapped to a text, loading fails with that. */
  readonly available = new Map<string, string>();

  /** The machine of a root user with a healthy kernel 6.1, whose files may be replaced; of one without text there is none. */
  constructor(changes: Readonly<Record<string, string | undefined>> = {}) {
    const files = {
      "proc/sys/kernel/osrelease": "6.1.0-18-amd64\n",
      "proc/net/ip_vs": PROC_TABLE,
      "proc/self/status": "Name:\tlvsctl\nUid:\t0\t0\t0\t0\nCapEff:\t000001ffffffffff\n",
      "proc/self/uid_map": "         0          0 4294967295\n",
      "proc/sys/net/ipv4/ip_forward": "0\n",
      "proc/sys/net/ipv4/vs/sync_threshold": "3\t50\n",
      "proc/sys/net/ipv4/vs/sloppy_tcp": "0\n",
      "proc/sys/net/ipv4/conf/eth0.7/rp_filter": "1\n",
      "proc/sys/net/ipv4/conf/all/rp_filter": "0\n",
      "proc/sys/net/ipv6/conf/eth0.7/accept_ra": "1\n",
      "proc/net/route": "Iface\tDestination\n",
      "sys/module/ip_vs/parameters/conn_tab_bits": "12\n",
      "sys/module/ip_vs_wlc/": "",
      ...changes,
    };
    this.tree = new FixtureTree(Object.fromEntries(
      Object.entries(files).flatMap(([path, text]) => text === undefined ? [] : [[path, text]]),
    ));
    this.proc = `${this.tree.root}/proc`;
    this.sys = `${this.tree.root}/sys`;
  }

  readonly isLoadable = (module: string): boolean => this.available.has(module);

  readonly loadModule = (module: string): string => {
    const problem = this.available.get(module) ?? "loading its module failed";
    if (problem !== "") return problem;
    this.loaded.push(module);
    this.tree.write(`sys/module/${module}/`, "");
    if (module === "ip_vs") this.tree.write("proc/net/ip_vs", PROC_TABLE.split("\n").slice(0, 3).join("\n"));
    return "";
  };

  [Symbol.dispose](): void {
    this.tree[Symbol.dispose]();
  }
}

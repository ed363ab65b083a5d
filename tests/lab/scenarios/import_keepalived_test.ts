/**
 * keepalived with a file of its own, and lvsctl with what it imported of that file, one after the other on the same
 * director, while the same servers fail and recover: the tables are the same in every state.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { BackgroundProcess } from "../background_process.ts";
import { lvsctlPath } from "../director.ts";
import { mustRun, run } from "../namespace.ts";
import { createNatNetwork, DIRECTOR, type Network } from "../network.ts";
import { type ServerState, tablesInStates } from "../server_states.ts";
import { WebServer } from "../web_server.ts";

/** How long a state is waited for. */
const PATIENCE_MS = 40_000;

/** How long a table has to stay the same; longer than a round of checks with its retries. */
const SETTLE_MS = 5000;

/** The port of the web servers, which fail. */
const WEB_PORT = 8080;

/** The port of those that do not, over IPv4 and IPv6. */
const STEADY_PORT = 8090;

/** The supported subset: every directive that has something to do with the table, and checks of every kind. */
function config({ servers }: Network, script: string): string {
  const [one, two] = servers;
  if (one === undefined || two === undefined) throw new Error("two servers are needed");
  return `global_defs {
  lvs_timeouts tcp 800 tcpfin 90 udp 200
}
$TIMING= \\
  delay_loop 2 \\
  connect_timeout 2 \\
  retry 1 \\
  delay_before_retry 1 \\
  warmup 0
$WEB= \\
  HTTP_GET { \\
    url { \\
      path /healthz \\
      status_code 200 \\
    } \\
    connect_port ${WEB_PORT} \\
  }
$V4=${one.ipv4}
$PORT=${WEB_PORT}

virtual_server 10.0.0.100 80 {
  $TIMING
  lvs_sched wlc
  lvs_method NAT
  protocol TCP
  persistence_timeout 600
  persistence_granularity 255.255.255.0
  sorry_server 127.0.0.1 80
  sorry_server_lvs_method DR
  real_server \${V4} $PORT {
    weight 2
    uthreshold 20
    lthreshold 5
    $WEB
  }
  real_server ${two.ipv4} $PORT {
    weight 3
    $WEB
  }
}
virtual_server 10.0.0.101 80 {
  $TIMING
  lb_algo sh
  sh-port
  sh-fallback
  lb_kind DR
  protocol TCP
  inhibit_on_failure
  real_server ${one.ipv4} ${WEB_PORT} {
    TCP_CHECK {
    }
  }
  real_server ${two.ipv4} 80 {
    inhibit_on_failure off
    TCP_CHECK {
      connect_port ${WEB_PORT}
    }
  }
}
virtual_server 10.0.0.102 80 {
  $TIMING
  lvs_sched wrr
  lvs_method TUN
  protocol TCP
  sorry_server 10.0.0.99 8888
  sorry_server_lvs_method NAT
  real_server ${one.ipv4} 80 {
    MISC_CHECK {
      misc_path "${script} ${one.ipv4}"
      misc_timeout 2
    }
  }
  real_server ${two.ipv4} 80 {
    lvs_method TUN type gue port 6080 csum
    weight 0
    MISC_CHECK {
      misc_path "${script} ${two.ipv4}"
      misc_timeout 2
    }
  }
  real_server 10.1.0.77 80 {
    lvs_method TUN type gre
  }
}
virtual_server fwmark 7 {
  $TIMING
  lvs_sched rr
  lvs_method NAT
  persistence_timeout
  real_server ${one.ipv4} ${WEB_PORT} {
    TCP_CHECK {
    }
  }
  real_server ${two.ipv4} {
    $WEB
  }
  sorry_server 10.0.0.99 8888
}
virtual_server_group many {
  10.0.0.110 80
  10.0.0.111-114 8080
  10.0.0.120/30 80
  10.0.0.130-10.0.0.132 81
  fwmark 8
}
virtual_server group many {
  $TIMING
  lvs_sched mh
  mh-port
  lvs_method NAT
  protocol TCP
  real_server ${one.ipv4} ${WEB_PORT} {
    $WEB
    PING_CHECK {
    }
  }
  real_server ${two.ipv4} ${WEB_PORT} {
    $WEB
    TCP_CHECK {
    }
  }
}
virtual_server 10.0.0.104 5000 {
  $TIMING
  lvs_sched rr
  lvs_method NAT
  ops
  protocol UDP
  ~SEQ(LAST, 11, 12) real_server 10.1.0.\${LAST} 5000 { PING_CHECK { } }
}
virtual_server 10.0.0.105 {
  $TIMING
  lvs_sched rr
  lvs_method DR
  protocol TCP
  real_server ${one.ipv4} {
    TCP_CHECK {
      connect_port ${WEB_PORT}
    }
  }
}
virtual_server 10.0.0.106 5060 {
  $TIMING
  lvs_sched rr
  persistence_timeout 60
  persistence_engine sip
  quorum 9
  hysteresis 9
  real_server ${one.ipv4} {
    weight 9
    TCP_CHECK {
      connect_ip ${one.ipv4}
      connect_port ${WEB_PORT}
    }
  }
  real_server ${one.ipv4} 5060 {
  }
  real_server fd00:1::11 5060 {
  }
}
virtual_server 10.0.0.107 9999 {
  $TIMING
  lvs_sched sed
  lvs_method NAT
  protocol SCTP
  real_server ${one.ipv4} 9998 {
    lvs_method DR
  }
  real_server ${two.ipv4} 9998 {
  }
}
virtual_server fd00::100 80 {
  $TIMING
  lvs_sched wlc
  lvs_method NAT
  protocol TCP
  persistence_timeout 300
  persistence_granularity 64
  sorry_server ::1 80
  sorry_server_lvs_method DR
  real_server ${one.ipv6} ${STEADY_PORT} {
    TCP_CHECK {
    }
  }
  real_server ${two.ipv6} ${STEADY_PORT} {
    weight 4
    HTTP_GET {
      url {
        path /
        status_code 404
      }
    }
  }
}
virtual_server fwmark 9 {
  $TIMING
  lvs_sched rr
  lvs_method NAT
  real_server ${one.ipv6} ${STEADY_PORT} {
    TCP_CHECK {
    }
  }
}
virtual_server 10.0.0.108 80 {
  $TIMING
  lvs_sched lc
  lvs_method NAT
  protocol TCP
  sorry_server 10.0.0.99
}
`;
}

/** A check as users write them: what it asks is in its arguments. */
const SCRIPT = `#!/bin/sh
exec busybox wget -q -O /dev/null "http://$1:${WEB_PORT}/healthz"
`;

/** Whether a web server is used by the first service. */
function isUsed(rules: string, address: string): boolean {
  return rules.includes(`-a -t 10.0.0.100:80 -r ${address}:${WEB_PORT} `);
}

const STATES: readonly ServerState<readonly WebServer[]>[] = [
  {
    name: "all servers",
    enter: () => Promise.resolve(),
    isReached: (rules) => isUsed(rules, "10.1.0.11") && isUsed(rules, "10.1.0.12"),
  },
  {
    name: "one without its web server",
    enter: (webServers) => webServers[1]?.kill() ?? Promise.resolve(),
    isReached: (rules) => isUsed(rules, "10.1.0.11") && !isUsed(rules, "10.1.0.12"),
  },
  {
    name: "none with a web server",
    enter: (webServers) => webServers[0]?.kill() ?? Promise.resolve(),
    isReached: (rules) => rules.includes("-a -t 10.0.0.100:80 -r 127.0.0.1:80 "),
  },
  {
    name: "all servers again",
    enter: (webServers) => Promise.all(webServers.map((server) => server.restart())),
    isReached: (rules) =>
      isUsed(rules, "10.1.0.11") && isUsed(rules, "10.1.0.12") && !rules.includes("-r 127.0.0.1:80 "),
  },
];

/** The table that a daemon makes in each state. */
function tables(daemon: BackgroundProcess, world: readonly WebServer[]): Promise<Readonly<Record<string, string>>> {
  return tablesInStates(daemon, { states: STATES, world, settleMs: SETTLE_MS, patienceMs: PATIENCE_MS });
}

Deno.test("what is imported of keepalived.conf makes the same table as keepalived, in every state of the servers", async () => {
  await using network = await createNatNetwork({ bare: true, servers: 2 });
  const webServers: WebServer[] = [];
  for (const { name, ipv4 } of network.servers) {
    const start = (argv: readonly string[]): BackgroundProcess => network.start(name, argv);
    webServers.push(await WebServer.start({ start, endpoint: `${ipv4}:${WEB_PORT}`, body: name }));
    network.start(name, ["busybox", "httpd", "-f", "-p", String(STEADY_PORT), "-h", "/tmp"]);
  }
  const directory = await Deno.makeTempDir();
  await Deno.chmod(directory, 0o755);
  await Deno.writeTextFile(`${directory}/check`, SCRIPT, { mode: 0o755 });
  const file = `${directory}/keepalived.conf`;
  await Deno.writeTextFile(file, config(network, `${directory}/check`), { mode: 0o644 });

  let expected: Readonly<Record<string, string>>;
  {
    const pids = ["pid", "checkers_pid"].map((name) => `--${name}=${directory}/${name}`);
    await using daemon = network.start(DIRECTOR, ["keepalived", "-n", "-l", "-C", "-f", file, ...pids]);
    expected = await tables(daemon, webServers);
  }
  await mustRun(["ip", "netns", "exec", DIRECTOR, "ipvsadm", "-C"]);
  await mustRun(["ip", "netns", "exec", DIRECTOR, "ipvsadm", "--set", "900", "120", "300"]);
  const yaml = `${directory}/imported.yaml`;
  const { code, stderr } = await run([lvsctlPath(), "import", "keepalived", file, "--output", yaml]);
  // A server twice, one of the other family, and a service without any: keepalived leaves these out, too.
  // Warnings of what cannot work are not counted.
  const told = stderr.trimEnd().split("\n").filter((line) => !line.includes(": warning: "));
  assert.deepEqual([code, told.length, told.filter((line) => /keepalived (?:skips|ignores) it$/.test(line)).length], [
    3,
    4,
    3,
  ], stderr);
  await mustRun([lvsctlPath(), "config", "check", yaml]);
  await using daemon = network.start(DIRECTOR, [lvsctlPath(), "run", yaml]);
  const made = await tables(daemon, webServers);
  for (const { name } of STATES) assert.equal(made[name], expected[name], name);
});

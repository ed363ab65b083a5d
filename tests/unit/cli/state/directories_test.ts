import assert from "node:assert/strict";
import { daemonFiles, lockDaemon } from "../../../../cli/daemon/files.ts";
import { type Directories, systemDirectories } from "../../../../cli/state/directories.ts";
import { tableNamespace } from "../../../../cli/state/namespace.ts";
import { VipFile } from "../../../../cli/state/vip_file.ts";
import { parseIpAddress } from "../../../../core/model/mod.ts";
import { lvsctl } from "../../../support/command_line.ts";
import { memoryKernel } from "../../../support/kernel_state.ts";
import { MemoryRealServer } from "../../../support/memory_real_server.ts";

const FILE = "version: 1\nservices:\n  - listen: tcp://192.0.2.10:80\n    servers: [10.0.0.11]\n";

/** Runs with temporary directories, and returns the names of the files that are in the run directory after that. */
async function runFiles(run: (directories: Directories) => unknown): Promise<readonly string[]> {
  const root = await Deno.makeTempDir();
  try {
    const directories = { run: `${root}/run`, state: `${root}/state` };
    await run(directories);
    return [...Deno.readDirSync(directories.run)].map(({ name }) => name).sort();
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

async function must(...[line, options]: Parameters<typeof lvsctl>): Promise<void> {
  const { code, err } = await lvsctl(line, options);
  assert.deepEqual({ code, err }, { code: 0, err: "" }, line);
}

Deno.test("systemDirectories() takes LVSCTL_RUN_DIR and LVSCTL_STATE_DIR, and has a default for each", () => {
  const environment = new Map([["LVSCTL_RUN_DIR", "/tmp/run"], ["LVSCTL_STATE_DIR", ""]]);
  assert.deepEqual(systemDirectories((name) => environment.get(name)), { run: "/tmp/run", state: "/var/lib/lvsctl" });
  environment.set("LVSCTL_STATE_DIR", "/tmp/state").delete("LVSCTL_RUN_DIR");
  assert.deepEqual(systemDirectories((name) => environment.get(name)), { run: "/run/lvsctl", state: "/tmp/state" });
});

Deno.test("the run directory of the context has the table's lock and the results of check --apply", async () => {
  const files = await runFiles((directories) =>
    must("check --apply -", { kernel: memoryKernel({}), stdin: FILE, directories })
  );
  assert.deepEqual(files, ["check.json", "check.json.lock", `table-${tableNamespace()}.lock`]);
});

Deno.test("the run directory of the context has the state of a real server", async () => {
  const files = await runFiles(async (directories) => {
    using realServer = new MemoryRealServer({ directories });
    await must("realserver setup 192.0.2.10 --forward dr", { realServer, directories });
  });
  assert.deepEqual(files, ["realserver.json", "realserver.json.lock"]);
});

Deno.test("the run directory has the VIPs that lvsctl added", async () => {
  const files = await runFiles((directories) =>
    new VipFile(directories).update({
      added: [{
        address: parseIpAddress("192.0.2.10"),
        prefixLength: 32,
        device: "eth0",
        scope: "global",
        dad: false,
        prefixRoute: true,
      }],
      deleted: [],
    })
  );
  assert.deepEqual(files, ["vips.json", "vips.json.lock"]);
});

Deno.test("the run directory has the lock, the sockets and the state of the daemon", async () => {
  const namespace = tableNamespace();
  const files = await runFiles((directories) => {
    using _lock = lockDaemon(directories, { file: "web.yaml", onUnusable: assert.fail });
    assert.deepEqual(daemonFiles(directories), {
      socket: `${directories.run}/daemon-${namespace}.sock`,
      statusSocket: `${directories.run}/status-${namespace}.sock`,
      state: `${directories.run}/daemon-${namespace}.json`,
    });
  });
  assert.deepEqual(files, [`daemon-${namespace}.lock`]);
});

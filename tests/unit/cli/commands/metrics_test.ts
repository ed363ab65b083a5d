import assert from "node:assert/strict";
import { daemonFiles } from "../../../../cli/daemon/files.ts";
import { ControlServer } from "../../../../core/control/mod.ts";
import { LvsctlError } from "../../../../core/errors/mod.ts";
import { lvsctl, type Printed } from "../../../support/command_line.ts";
import { memoryKernel } from "../../../support/kernel_state.ts";
import { realServer, virtualService } from "../../../support/samples.ts";

const WEB = "tcp://192.0.2.10:80";

function kernel(): ReturnType<typeof memoryKernel> {
  return memoryKernel({ services: [{ service: virtualService(WEB), servers: [realServer("10.0.0.11:80")] }] });
}

Deno.test("metrics prints the table, its own version and the time that it took", async () => {
  const { code, out, err } = await lvsctl("metrics", { kernel: kernel() });
  assert.deepEqual([code, err], [0, ""]);
  assert.match(out, /^lvsctl_build_info\{version="[^"]+",runtime="Deno [^"]+"\} 1$/m);
  assert.match(
    out,
    /^lvsctl_server_weight\{virtual_service="tcp:\/\/192\.0\.2\.10:80",real_server="10\.0\.0\.11:80"\} 1$/m,
  );
  assert.match(out, /^lvsctl_scrape_duration_seconds [\d.e-]+$/m);
  assert.doesNotMatch(out, /node_ipvs/);
});

Deno.test("metrics of a table that cannot be read say so, also in a file, and the status is that of the error", async () => {
  const refused = Object.assign(kernel(), {
    openClient: () => {
      throw new LvsctlError("this kernel has no IPVS", { operation: "talk to the kernel" });
    },
  });
  const directory = await Deno.makeTempDir();
  try {
    const path = `${directory}/lvsctl.prom`;
    await Deno.writeTextFile(path, "# HELP lvsctl_ipvs_up Whether the table can be read.\nlvsctl_ipvs_up 1\n");
    for (const line of ["metrics --node-exporter", `metrics --output ${path}`]) {
      const { code, out, err } = await lvsctl(line, { kernel: refused });
      assert.deepEqual([code, err], [1, "lvsctl: Cannot talk to the kernel: this kernel has no IPVS\n"]);
      const text = line.includes("--output") ? await Deno.readTextFile(path) : out;
      assert.match(text, /^lvsctl_ipvs_up 0$/m);
      assert.match(text, /^lvsctl_daemon_up 0$/m);
      assert.doesNotMatch(text, /ipvs_services|node_ipvs/);
    }
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
  assert.match((await lvsctl("metrics", { kernel: kernel() })).out, /^lvsctl_ipvs_up 1$/m);
});

Deno.test("metrics --node-exporter adds the series of node_exporter", async () => {
  const { out } = await lvsctl("metrics --node-exporter --level summary", { kernel: kernel() });
  assert.match(out, /^node_ipvs_backend_weight\{/m);
  assert.doesNotMatch(out, /lvsctl_service_/);
});

Deno.test("metrics --output replaces a file that all can read", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const path = `${directory}/lvsctl.prom`;
    const { code, out, err } = await lvsctl(`metrics --output ${path}`, { kernel: kernel() });
    assert.deepEqual([code, out, err], [0, "", ""]);
    assert.match(await Deno.readTextFile(path), /^lvsctl_ipvs_services 1$/m);
    assert.equal((await Deno.stat(path)).mode ?? 0 & 0o777, 0o100644);
    assert.deepEqual(Array.from(Deno.readDirSync(directory), ({ name }) => name), ["lvsctl.prom"]);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("metrics --output keeps a file that has no metrics, and replaces an empty one and its own", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const path = `${directory}/web.yaml`;
    const text = "version: 1\nservices: []\n";
    await Deno.writeTextFile(path, text);
    const { code, err } = await lvsctl(`metrics --output ${path}`, { kernel: kernel() });
    const hint = "name another file, or remove this one";
    assert.deepEqual([code, err], [2, `lvsctl: Cannot write ${path}: it exists, and has no metrics; ${hint}\n`]);
    assert.equal(await Deno.readTextFile(path), text);
    // A file that is too large to be read as a text is not one of metrics either.
    await Deno.truncate(path, 256 * 1024 * 1024 + 1);
    assert.equal((await lvsctl(`metrics --output ${path}`, { kernel: kernel() })).code, 2);
    assert.equal((await Deno.stat(path)).size, 256 * 1024 * 1024 + 1);
    await Deno.writeTextFile(path, "");
    for (let time = 0; time < 2; time++) {
      assert.equal((await lvsctl(`metrics --output ${path}`, { kernel: kernel() })).code, 0);
    }
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("metrics --output refuses the format that the textfile collector does not read", async () => {
  const { code, err } = await lvsctl("metrics --output /tmp/x.prom --format openmetrics");
  assert.equal(code, 2);
  assert.match(err, /^lvsctl: the textfile collector does not read openmetrics; leave --format out with --output$/m);
});

Deno.test("metrics --format openmetrics ends with the end that the format demands", async () => {
  const { out } = await lvsctl("metrics --format openmetrics", { kernel: kernel() });
  assert.ok(out.endsWith("\n# EOF\n"));
});

/** Runs `metrics` beside a daemon that answers as given. */
async function besideDaemon(line: string, answer: (command: string) => unknown): Promise<Printed> {
  const root = Deno.makeTempDirSync();
  const directories = { run: `${root}/run`, state: `${root}/state` };
  const commands = ["summary", "service", "server"].map((level) => `metrics-${level}`);
  const server = ControlServer.listen(daemonFiles(directories).socket, {
    commands: Object.fromEntries(commands.map((command) => [command, () => answer(command)])),
    onBug: (error) => assert.fail(String(error)),
  });
  try {
    return await lvsctl(line, { kernel: kernel(), directories });
  } finally {
    await server[Symbol.asyncDispose]();
    await Deno.remove(root, { recursive: true });
  }
}

Deno.test("metrics adds the metrics of a running daemon, at the level of the table", async () => {
  const asked: string[] = [];
  const answer = (command: string): unknown => {
    asked.push(command);
    return {
      families: [
        { name: "lvsctl_quorum_met", type: "gauge", help: "Quorum", samples: [{ labels: { a: 'x"' }, value: 1 }] },
        { name: "not a name", type: "gauge", help: "", samples: [{ value: 1 }] },
        { name: "lvsctl_odd", type: "gauge", help: "", samples: [{ value: "1\n2" }] },
      ],
      names: [["shop", WEB], "odd"],
    };
  };
  const { code, out, err } = await besideDaemon("metrics", answer);
  assert.deepEqual([code, err], [0, ""]);
  assert.match(out, /^lvsctl_daemon_up 1$/m);
  assert.match(out, /^lvsctl_quorum_met\{a="x\\""\} 1$/m);
  assert.match(out, /^lvsctl_service_info\{virtual_service="tcp:\/\/192\.0\.2\.10:80",name="shop",/m);
  assert.doesNotMatch(out, /not a name|lvsctl_odd/);
  await besideDaemon("metrics --level summary", answer);
  assert.deepEqual(asked, ["metrics-server", "metrics-summary"]);
});

Deno.test("metrics prints the table with a warning if the daemon does not answer", async () => {
  const { code, out, err } = await besideDaemon("metrics", () => {
    throw new LvsctlError("the daemon is starting");
  });
  assert.equal(code, 0);
  assert.equal(err, "lvsctl: warning: the daemon is starting; the daemon's metrics are missing\n");
  assert.match(out, /^lvsctl_daemon_up 0$/m);
  assert.match(out, /^lvsctl_server_weight\{/m);
});

Deno.test("metrics says that no daemon runs", async () => {
  const { out } = await lvsctl("metrics", { kernel: kernel() });
  assert.match(out, /^lvsctl_daemon_up 0$/m);
});

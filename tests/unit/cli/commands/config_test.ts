import assert from "node:assert/strict";
import { EXIT, LvsctlError } from "../../../../core/errors/mod.ts";
import { parseIpAddress } from "../../../../core/model/mod.ts";
import { lvsctl } from "../../../support/command_line.ts";
import { memoryKernel } from "../../../support/kernel_state.ts";
import { MemoryRoutes } from "../../../support/memory_routes.ts";
import { serviceEntry } from "../../../support/samples.ts";
import { surroundingsOf } from "../../../support/surroundings.ts";

const QUIET = `version: 1
services:
  - listen: tcp://192.0.2.10:80
    servers: [10.0.0.11, 10.0.0.12]
`;

const LOUD = `version: 1
include: more.yaml
services:
  - listen: tcp://192.0.2.10:80
    quorum: 3
    servers: [10.0.0.11, web.example]
  - listen: tcp://192.0.2.11:80
    persistence: {}
    weight: 0
    servers: ["10.0.0.1\${LAST:-1}"]
`;

const SURROUNDINGS = surroundingsOf({
  files: { "more.yaml": QUIET.replace("192.0.2.10", "192.0.2.12").replace("11, 10.0.0.12", "11:80, 10.0.0.12:80") },
  hosts: { "web.example": ["10.0.0.21", "10.0.0.22"] },
  sysctls: { "net/ipv4/vs/expire_quiescent_template": "0" },
});

const WARNINGS = [
  "<stdin>:8:18: warning: clients stay with a quiesced or drained server: the sysctl " +
  "net.ipv4.vs.expire_quiescent_template is 0 on this machine; set it to 1 [template-kept]",
  "<stdin>:10:14: warning: every server has weight 0: no server gets new connections [weights-zero]",
];

Deno.test("config check prints the counts of a valid file, and warnings on standard error", async () => {
  const { code, out, err } = await lvsctl("config check -", { stdin: LOUD, surroundings: SURROUNDINGS });
  assert.deepEqual([code, out], [
    EXIT.ok,
    "<stdin>: valid (virtual services: 3, real servers: 4, host names: 1, included files: 1, warnings: 2)\n",
  ]);
  assert.equal(err, WARNINGS.map((line) => `lvsctl: ${line}\n`).join(""));
});

Deno.test("config check prints at most 500 warnings of a file, and the number of the others", async () => {
  const services = Array.from({ length: 502 }, (_, index) => `  - listen: fwmark:${index + 1}\n`).join("");
  const { code, err } = await lvsctl("config check -", {
    stdin: `version: 1\nservices:\n${services}`,
    surroundings: SURROUNDINGS,
  });
  const lines = err.trimEnd().split("\n");
  assert.deepEqual([code, lines.length, lines.at(-1)], [EXIT.ok, 501, "lvsctl: not listed: 2 more warnings"]);
});

Deno.test("config check --strict reports warnings as errors", async () => {
  const loud = await lvsctl("config check --strict -", { stdin: LOUD, surroundings: SURROUNDINGS });
  assert.deepEqual([loud.code, loud.out], [EXIT.usage, ""]);
  assert.equal(loud.err, WARNINGS.map((line) => `lvsctl: ${line.replace(" warning:", "")}\n`).join(""));
  const quiet = await lvsctl("config check --strict -", { stdin: QUIET, surroundings: SURROUNDINGS });
  assert.deepEqual([quiet.code, quiet.err], [EXIT.ok, ""]);
});

Deno.test("config check does not call a file valid with an address that cannot work, unless a comment allows it", async () => {
  const stdin = `version: 1
services:
  - listen: tcp://224.0.0.9:80
    servers: [127.0.0.1:80, 0.0.0.0:80]
`;
  const { code, out, err } = await lvsctl("config check -", { stdin, surroundings: surroundingsOf({}) });
  assert.deepEqual([code, out], [EXIT.usage, ""]);
  assert.deepEqual(err.match(/<stdin>:\d+:\d+: (?:warning: )?|\[[\w-]+\]$/gm), [
    "<stdin>:4:15: warning: ",
    "[server-loopback]",
    "<stdin>:3:13: ",
    "[listen-unreachable]",
    "<stdin>:4:29: ",
    "[server-refused]",
  ]);
  const allowed = stdin.replace(/$/gm, " # lvsctl: allow listen-unreachable, server-refused");
  const again = await lvsctl("config check -", { stdin: allowed, surroundings: surroundingsOf({}) });
  assert.deepEqual([again.code, again.out], [
    EXIT.ok,
    "<stdin>: valid (virtual services: 1, real servers: 2, warnings: 1)\n",
  ]);
});

Deno.test("config check --json prints counts and warnings, or problems", async () => {
  const good = await lvsctl("config check - --json", { stdin: LOUD, surroundings: SURROUNDINGS });
  assert.deepEqual(JSON.parse(good.out), {
    version: 2,
    valid: true,
    file: "-",
    summary: { services: 3, servers: 4 },
    ["host_names"]: ["web.example"],
    included: ["more.yaml"],
    warnings: WARNINGS.map((line) => {
      const [, row, column, message, code] = /:(\d+):(\d+): warning: (.*) \[(.*)\]$/.exec(line) ?? [];
      return { file: "-", line: Number(row), column: Number(column), message, code };
    }),
    problems: [],
    ["unlisted_problems"]: 0,
  });
  const bad = await lvsctl("config check - --json", {
    stdin: `${LOUD}    on_failure: quiese\n`,
    surroundings: surroundingsOf({ files: { "more.yaml": "version: 2\n" } }),
  });
  assert.equal(bad.code, EXIT.usage);
  assert.deepEqual(JSON.parse(bad.out), {
    version: 2,
    valid: false,
    file: "-",
    summary: null,
    ["host_names"]: [],
    included: [],
    warnings: [],
    problems: [
      {
        file: "-",
        line: 11,
        column: 17,
        message: 'on_failure must be one of remove, quiesce: got "quiese"; did you mean "quiesce"?',
      },
      { file: "more.yaml", line: 1, column: 10, message: "version must be 1: got 2; this lvsctl reads only version 1" },
    ],
    ["unlisted_problems"]: 0,
  });
  const { error } = JSON.parse(bad.err);
  assert.deepEqual([error.status, error.message.split("\n").length], [EXIT.usage, 2]);
});

Deno.test("config check --kernel compares the addresses with this machine's interfaces", async () => {
  const routes = new MemoryRoutes();
  {
    using client = routes.openClient();
    const vip = {
      address: parseIpAddress("192.0.2.10"),
      prefixLength: 32,
      device: "eth0",
      scope: "global",
      dad: false,
      prefixRoute: true,
    } as const;
    assert.equal(client.execute([{ operation: "addVip", vip }]).size, 0);
  }
  const stdin = `${QUIET}  - listen: tcp://192.0.2.11:80\n    servers: [10.0.0.11]\n`;
  const { code, err } = await lvsctl("config check --kernel -", { stdin, routes, surroundings: surroundingsOf({}) });
  assert.deepEqual([code, err], [
    EXIT.ok,
    "lvsctl: <stdin>:5:13: warning: the IPv4 address 192.0.2.11 is on no interface [vip-missing]\n",
  ]);
  const router = "vrrp: [{ name: edge, vrid: 51, device: eth0, vips: 192.0.2.11 }]\n";
  const ofRouter = {
    stdin: stdin.replace("services:", `${router}services:`),
    routes,
    surroundings: surroundingsOf({}),
  };
  assert.equal((await lvsctl("config check --kernel -", ofRouter)).err, "");
});

Deno.test("config schema prints a JSON Schema", async () => {
  const { code, out, err } = await lvsctl("config schema");
  assert.deepEqual([code, err], [EXIT.ok, ""]);
  assert.equal(JSON.parse(out).$schema, "https://json-schema.org/draft/2020-12/schema");
});

Deno.test("config init --empty reads no kernel state, and its file passes config check", async () => {
  const { code, out } = await lvsctl("config init --empty");
  assert.equal(code, EXIT.ok);
  const checked = await lvsctl("config check --strict -", { stdin: out, surroundings: surroundingsOf({}) });
  assert.deepEqual(checked, { code: EXIT.ok, out: "<stdin>: valid (virtual services: 0, real servers: 0)\n", err: "" });
});

Deno.test("config init writes the kernel's table, and restoring it changes nothing", async () => {
  const kernel = memoryKernel({ services: [serviceEntry("tcp://192.0.2.10:80", "10.0.0.11:80", "10.0.0.12:80")] });
  const { code, out } = await lvsctl("config init", { kernel });
  assert.equal(code, EXIT.ok);
  assert.match(out, /^ {4}# check: \{ type: tcp, /m);
  const checked = await lvsctl("config check -", { stdin: out });
  assert.equal(checked.out, "<stdin>: valid (virtual services: 1, real servers: 2)\n");
  assert.deepEqual(await lvsctl("restore --dry-run -", { kernel, stdin: out }), {
    code: 0,
    out: "Nothing to change\n",
    err: "",
  });
});

Deno.test("config init names the way to a file without the kernel", async () => {
  const kernel = Object.assign(memoryKernel({}), {
    openClient: () => {
      throw new LvsctlError("this kernel has no IPVS", { operation: "talk to the kernel", hint: "load it" });
    },
  });
  const { code, err } = await lvsctl("config init new.yaml", { kernel });
  assert.deepEqual([code, err], [
    1,
    "lvsctl: Cannot write new.yaml: the kernel's services cannot be read: this kernel has no IPVS; --empty writes a " +
    "file without them\n",
  ]);
});

Deno.test("config init creates a file, and replaces one only with --force", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const file = `${directory}/lvs.yaml`;
    assert.deepEqual(await lvsctl(`config init --empty ${file}`), { code: 0, out: "", err: "" });
    await Deno.writeTextFile(file, "mine\n");
    const refused = await lvsctl(`config init --empty ${file}`);
    assert.deepEqual(refused, {
      code: EXIT.usage,
      out: "",
      err: `lvsctl: Cannot write ${file}: File exists (EEXIST); replace it with --force\n`,
    });
    assert.equal(await Deno.readTextFile(file), "mine\n");
    assert.equal((await lvsctl(`config init --empty --force ${file}`)).code, EXIT.ok);
    assert.equal((await lvsctl(`config check ${file}`)).code, EXIT.ok);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("restore reads included files, variables and host names", async () => {
  const kernel = memoryKernel({});
  const stdin = LOUD.replace("web.example", "{ address: web.example, resolve: all }");
  const restored = await lvsctl("restore -", { kernel, stdin, surroundings: SURROUNDINGS });
  assert.deepEqual([restored.code, restored.err], [0, ""]);
  const { out } = await lvsctl("list", { kernel });
  const servers = [...out.matchAll(/-> (\S+)/g)].map(([, server]) => server).slice(0);
  assert.deepEqual(servers.filter((server) => server?.startsWith("10.")), [
    "10.0.0.11:80",
    "10.0.0.21:80",
    "10.0.0.22:80",
    "10.0.0.11:80",
    "10.0.0.11:80",
    "10.0.0.12:80",
  ]);
});

Deno.test("restore changes nothing if a host name has no address or several", async () => {
  const kernel = memoryKernel({ services: [serviceEntry("tcp://192.0.2.99:80")] });
  const several = await lvsctl("restore -", { kernel, stdin: LOUD, surroundings: SURROUNDINGS });
  assert.deepEqual(several, {
    code: EXIT.usage,
    out: "",
    err: "lvsctl: <stdin>:6:26: web.example has 2 IPv4 addresses, 10.0.0.21, 10.0.0.22; " +
      "write one of them, or set resolve to first or all\n",
  });
  const none = surroundingsOf({ files: { "more.yaml": "version: 1\n" } });
  const missing = await lvsctl("restore -", { kernel, stdin: LOUD, surroundings: none });
  assert.deepEqual(missing, {
    code: EXIT.refused,
    out: "",
    err: "lvsctl: <stdin>:6:26: Cannot resolve web.example: Name or service not known (EAI_NONAME)\n",
  });
  assert.match((await lvsctl("list", { kernel })).out, /192\.0\.2\.99:80/);
});

Deno.test("config check counts the sources of servers, and asks none of them", async () => {
  const servers = "[{ srv: web.example.com }, { file: /etc/lvsctl/targets.json }, 10.0.0.11]";
  const stdin = `version: 1\nservices:\n  - { listen: "tcp://192.0.2.10:80", servers: ${servers} }\n`;
  const { out } = await lvsctl("config check -", { stdin });
  assert.equal(out, "<stdin>: valid (virtual services: 1, real servers: 1, sources of servers: 2)\n");
});

import assert from "node:assert/strict";
import { ConfigError, type ConfigFile, readConfig } from "../../../../../core/config/mod.ts";
import { LvsctlError } from "../../../../../core/errors/mod.ts";
import { formatServiceId } from "../../../../../core/model/mod.ts";
import { surroundingsOf, type World } from "../../../../support/surroundings.ts";

function service(port: number): string {
  return `services: [{ listen: "tcp://192.0.2.10:${port}", servers: [10.0.0.11] }]\n`;
}

function read(text: string, world: World, file = "/etc/web.yaml"): Promise<ConfigFile> {
  return readConfig(text, { ...surroundingsOf(world), file });
}

async function problemsOf(text: string, world: World, file?: string): Promise<string> {
  const error = await read(text, world, file).then(() => undefined, (reason: unknown) => reason);
  assert.ok(error instanceof ConfigError, String(error));
  return error.message;
}

Deno.test("include reads files relative to the including file, sorted by name", async () => {
  const { desired, included } = await read(`version: 1\ninclude: [b/*.yaml, /srv/x.yaml]\n${service(1)}`, {
    files: {
      "/etc/b/2.yaml": `version: 1\n${service(3)}`,
      "/etc/b/1.yaml": `version: 1\ninclude: deep/*.yaml\n${service(2)}`,
      "/etc/b/deep/a.yaml": `version: 1\n${service(4)}`,
      "/etc/deep/a.yaml": "never read",
      "/srv/x.yaml": `\ufeffversion: 1\n${service(5)}`,
    },
  });
  assert.deepEqual(desired.services.map(({ service }) => formatServiceId(service.id).replace(/.*:/, "")), [
    "1",
    "2",
    "4",
    "3",
    "5",
  ]);
  assert.deepEqual(included, ["/etc/b/1.yaml", "/etc/b/deep/a.yaml", "/etc/b/2.yaml", "/srv/x.yaml"]);
});

Deno.test("include warns of a pattern that no file matches, unless a comment allows it", async () => {
  const files = { "/etc/b/1.yaml": "version: 1\n" };
  const { warnings } = await read("version: 1\ninclude: [b/*.yaml,\n  lvs.d/*.yaml, b/*.yml]\n", { files });
  assert.deepEqual(warnings.map(({ line, column, code, message }) => [line, column, code, message]), [
    [3, 3, "include-empty", 'no file matches "/etc/lvs.d/*.yaml"'],
    [3, 17, "include-empty", 'no file matches "/etc/b/*.yml"'],
  ]);
  const allowed = await read("version: 1\ninclude: lvs.d/*.yaml # lvsctl: allow include-empty\n", { files });
  assert.deepEqual(allowed.warnings, []);
});

Deno.test("include in standard input is relative to the current directory", async () => {
  const { included } = await read("version: 1\ninclude: b.yaml\n", { files: { "b.yaml": "version: 1\n" } }, "-");
  assert.deepEqual(included, ["b.yaml"]);
});

Deno.test("include reports a circle through links, with its files", async () => {
  const world = {
    files: { "/etc/web.yaml": "", "/etc/b.yaml": "version: 1\ninclude: c.yaml\n" },
    links: { "/etc/c.yaml": "/etc/web.yaml" },
  };
  assert.equal(
    await problemsOf("version: 1\ninclude: b.yaml\n", world),
    "/etc/b.yaml:2:10: the includes form a circle: /etc/web.yaml -> /etc/b.yaml -> /etc/c.yaml; remove one of them",
  );
});

Deno.test("include reports a duplicate, with the first place", async () => {
  const world = { files: { "/etc/a.yaml": "version: 1\ninclude: b.yaml\n", "/etc/b.yaml": "version: 1\n" } };
  assert.equal(
    await problemsOf("version: 1\ninclude: [a.yaml,\n  b.yaml]\n", world),
    '/etc/web.yaml:3:3: duplicate include "/etc/b.yaml": line 2 of /etc/a.yaml includes it already',
  );
});

Deno.test("include reports an unreadable file and reads the others", async () => {
  const text = `version: 1\ninclude: [nowhere.yaml, a.yaml]\nservices: [{ listen: "fwmark:0" }]\n`;
  assert.equal(
    await problemsOf(text, { files: { "/etc/a.yaml": "version: 1\nservces: []\n" } }),
    [
      "/etc/web.yaml:2:11: Cannot read /etc/nowhere.yaml: No such file or directory (ENOENT)",
      '/etc/web.yaml:3:22: listen: "0" is not a firewall mark; a firewall mark is a number from 1 to 4294967295',
      '/etc/a.yaml:2:1: unknown key "servces"; the keys of the file are version, include, hosts, defaults, timeouts, ' +
      'sync_daemons, vips, vrrp, vrrp_groups, metrics, health_sharing, services; did you mean "services"?',
    ].join("\n"),
  );
});

Deno.test("include reports an unreadable directory", async () => {
  const { files } = surroundingsOf({});
  const listDirectory = (path: string): never => {
    throw new LvsctlError("Permission denied", { operation: "read", object: path, errno: "EACCES" });
  };
  await assert.rejects(
    readConfig("version: 1\ninclude: b/*\n", { file: "web.yaml", files: { ...files, listDirectory } }),
    { message: "web.yaml:2:10: Cannot read b: Permission denied (EACCES)" },
  );
});

Deno.test("include is limited in depth", async () => {
  const files = Object.fromEntries(
    Array.from({ length: 30 }, (_, level) => [`/etc/${level}.yaml`, `version: 1\ninclude: ${level + 1}.yaml\n`]),
  );
  assert.equal(
    await problemsOf("version: 1\ninclude: 0.yaml\n", { files }),
    "/etc/14.yaml:2:10: includes must not be nested more than 16 deep",
  );
});

Deno.test("include limits the total length of all files", async () => {
  const large = `version: 1\n${`# ${"x".repeat(1000)}\n`.repeat(9000)}`;
  const files = { "/etc/a.yaml": large, "/etc/b.yaml": large };
  assert.match(
    await problemsOf("version: 1\ninclude: [a.yaml, b.yaml]\n", { files }),
    /^\/etc\/b\.yaml:1:1: the file and the files before it are together larger than 16 MiB; only a file that "lvsctl save" wrote may be larger$/,
  );
});

Deno.test("include without a file system is an error", async () => {
  await assert.rejects(readConfig("version: 1\ninclude: b.yaml\n", { file: "web.yaml" }), {
    message: "web.yaml:2:10: include is not available here; write the services into this file",
  });
});

Deno.test("included files may be empty, and inherit the defaults of the including file", async () => {
  const { desired } = await read("version: 1\ninclude: '*.yml'\ndefaults: { scheduler: rr, forward: dr }\n", {
    files: {
      "/etc/a.yml": "# nothing yet\n",
      "/etc/b.yml": `version: 1\ndefaults: { scheduler: sed }\ninclude: sub/c.yml\n${service(1)}`,
      "/etc/sub/c.yml": `version: 1\ndefaults: { forward: nat }\n${service(2)}`,
    },
  });
  assert.deepEqual(desired.services.map(({ service, servers }) => [service.scheduler, servers[0]?.forward]), [
    ["sed", "dr"],
    ["sed", "nat"],
  ]);
});

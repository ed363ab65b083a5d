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

Deno.test("include takes files from the directory of the file that includes them, in the order of their names", async () => {
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

Deno.test("include from standard input is seen from the current directory", async () => {
  const { included } = await read("version: 1\ninclude: b.yaml\n", { files: { "b.yaml": "version: 1\n" } }, "-");
  assert.deepEqual(included, ["b.yaml"]);
});

Deno.test("include finds a circle whatever links lead into it, and names its files", async () => {
  const world = {
    files: { "/etc/web.yaml": "", "/etc/b.yaml": "version: 1\ninclude: c.yaml\n" },
    links: { "/etc/c.yaml": "/etc/web.yaml" },
  };
  assert.equal(
    await problemsOf("version: 1\ninclude: b.yaml\n", world),
    "/etc/b.yaml:2:10: the files include each other in a circle: /etc/web.yaml -> /etc/b.yaml -> /etc/c.yaml",
  );
});

Deno.test("include takes a file once, and says where it was taken before", async () => {
  const world = { files: { "/etc/a.yaml": "version: 1\ninclude: b.yaml\n", "/etc/b.yaml": "version: 1\n" } };
  assert.equal(
    await problemsOf("version: 1\ninclude: [a.yaml,\n  b.yaml]\n", world),
    '/etc/web.yaml:3:3: "/etc/b.yaml" is included twice: line 2 of /etc/a.yaml includes it already',
  );
});

Deno.test("include tells what cannot be read and goes on with the rest", async () => {
  const text = `version: 1\ninclude: [nowhere.yaml, a.yaml]\nservices: [{ listen: "fwmark:0" }]\n`;
  assert.equal(
    await problemsOf(text, { files: { "/etc/a.yaml": "version: 1\nservces: []\n" } }),
    [
      "/etc/web.yaml:2:11: Cannot read /etc/nowhere.yaml: No such file or directory (ENOENT)",
      '/etc/web.yaml:3:22: listen: "0" is not a firewall mark; a firewall mark is a number from 1 to 4294967295',
      '/etc/a.yaml:2:1: unknown key "servces"; the keys of the file are version, include, defaults, timeouts, ' +
      'sync_daemons, vips, services; did you mean "services"?',
    ].join("\n"),
  );
});

Deno.test("include tells a directory that cannot be read", async () => {
  const { files } = surroundingsOf({});
  const listDirectory = (path: string): never => {
    throw new LvsctlError("Permission denied", { operation: "read", object: path, errno: "EACCES" });
  };
  await assert.rejects(
    readConfig("version: 1\ninclude: b/*\n", { file: "web.yaml", files: { ...files, listDirectory } }),
    { message: "web.yaml:2:10: Cannot read b: Permission denied (EACCES)" },
  );
});

Deno.test("include ends at a depth", async () => {
  const files = Object.fromEntries(
    Array.from({ length: 30 }, (_, level) => [`/etc/${level}.yaml`, `version: 1\ninclude: ${level + 1}.yaml\n`]),
  );
  assert.equal(
    await problemsOf("version: 1\ninclude: 0.yaml\n", { files }),
    "/etc/14.yaml:2:10: files may include each other 16 files deep at most",
  );
});

Deno.test("include bounds the text of all files together", async () => {
  const large = `version: 1\n${`# ${"x".repeat(1000)}\n`.repeat(9000)}`;
  const files = { "/etc/a.yaml": large, "/etc/b.yaml": large };
  assert.match(
    await problemsOf("version: 1\ninclude: [a.yaml, b.yaml]\n", { files }),
    /^\/etc\/b\.yaml:1:1: the file and those before it are larger than 16 MiB, which only one that "lvsctl save" wrote may be$/,
  );
});

Deno.test("without files, nothing can be included", async () => {
  await assert.rejects(readConfig("version: 1\ninclude: b.yaml\n", { file: "web.yaml" }), {
    message: "web.yaml:2:10: files cannot be included here",
  });
});

Deno.test("included files may be empty, and have the defaults of those that include them", async () => {
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

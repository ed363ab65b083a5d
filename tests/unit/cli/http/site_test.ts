import assert from "node:assert/strict";
import { LvsctlError } from "../../../../core/errors/mod.ts";
import { Logins } from "../../../../core/http/mod.ts";
import { DocumentSchemas } from "../../../support/document_schemas.ts";
import { realServer, virtualService } from "../../../support/samples.ts";
import { A, B, WEB, web } from "../../core/daemon/daemon_bench.ts";
import { ABOUT, SiteBench, unchecked } from "./site_bench.ts";

/** A daemon with a service that has a healthy and an unhealthy server, and one whose servers have no check. */
async function siteOfTwo(): Promise<SiteBench> {
  const site = await SiteBench.open();
  const { bench } = site;
  bench.down.add(B);
  await bench.load({
    services: [
      unchecked({ name: "dns", service: virtualService("udp://192.0.2.10:53"), servers: [realServer("10.0.0.13:53")] }),
      web({ name: "web" }),
    ],
  });
  await bench.clock.advance(2500);
  return site;
}

Deno.test("/metrics has the metrics of table and daemon in the format that Prometheus names", async () => {
  await using site = await siteOfTwo();
  const { status, type, text } = await site.get("/metrics");
  assert.deepEqual([status, type], [200, "text/plain; version=0.0.4; charset=utf-8"]);
  assert.match(text, /^lvsctl_daemon_up 1$/m);
  assert.ok(text.includes(`lvsctl_service_info{virtual_service="${WEB}",name="web",`));
  assert.ok(text.includes(`lvsctl_server_weight{virtual_service="${WEB}",real_server="${A}"} 1\n`));
  assert.ok(text.includes(`lvsctl_server_healthy{virtual_service="${WEB}",real_server="${B}"} 0\n`));
  const accept = "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.2,*/*;q=0.1";
  const openmetrics = await site.get("/metrics?level=summary", { accept });
  assert.equal(openmetrics.type, "application/openmetrics-text; version=1.0.0; charset=utf-8");
  assert.match(openmetrics.text, /\n# EOF\n$/);
  assert.doesNotMatch(openmetrics.text, /lvsctl_service_/);
  assert.match((await site.get("/metrics?node-exporter")).text, /^node_ipvs_backend_weight\{/m);
  assert.equal((await site.get("/metrics?level=all")).status, 400);
});

Deno.test("/metrics has the level of the settings, unless the request has one", async () => {
  await using site = await SiteBench.open({ level: "summary" });
  await site.bench.load({ services: [web()] });
  assert.doesNotMatch((await site.get("/metrics")).text, /^lvsctl_service_/m);
  assert.match((await site.get("/metrics?level=service")).text, /^lvsctl_service_/m);
});

Deno.test("/metrics says that the table cannot be read, and keeps the metrics of the daemon itself", async () => {
  await using site = await siteOfTwo();
  site.bench.kernel.faults.isPermitted = false;
  const { status, text } = await site.get("/metrics");
  assert.equal(status, 200);
  assert.match(text, /^lvsctl_ipvs_up 0$/m);
  assert.match(text, /^lvsctl_reloads_total 0$/m);
  assert.doesNotMatch(text, /^lvsctl_server_weight/m);
});

Deno.test("/api/v1/status and /api/v1/list have the documents of the commands", async () => {
  await using site = await siteOfTwo();
  const schemas = await DocumentSchemas.read();
  const services = async (path: string, schema: string): Promise<readonly string[]> => {
    const { status, type, text } = await site.get(path);
    assert.deepEqual([status, type], [200, "application/json; charset=utf-8"], path);
    const document = JSON.parse(text);
    assert.deepEqual(schemas.problems(schema, document).filter((problem) => !problem.includes("order")), [], path);
    return document.services.map(({ service }: { readonly service: string }) => service);
  };
  assert.deepEqual(await services("/api/v1/status", "status"), ["udp://192.0.2.10:53", WEB]);
  assert.deepEqual(await services("/api/v1/status?service=web", "status"), [WEB]);
  assert.deepEqual(await services(`/api/v1/status?service=${encodeURIComponent(WEB)}`, "status"), [WEB]);
  assert.deepEqual(await services("/api/v1/list", "list"), [WEB, "udp://192.0.2.10:53"]);
  assert.deepEqual(await services("/api/v1/list?service=web", "list"), [WEB]);
  for (const path of ["/api/v1/status?service=no", "/api/v1/list?service=no"]) {
    const { status, text } = await site.get(path);
    assert.equal(status, 404);
    assert.deepEqual(schemas.problems("error", JSON.parse(text)), []);
  }
});

Deno.test("/healthz follows the checks of the daemon", async () => {
  const source = { isAlive: (): boolean => alive };
  let alive = true;
  await using site = await SiteBench.open({ source });
  assert.deepEqual(await site.get("/healthz"), { status: 200, type: "text/plain; charset=utf-8", text: "ok\n" });
  alive = false;
  assert.equal((await site.get("/healthz")).status, 503);
});

Deno.test("the pages have one reading of a second for all requests", async () => {
  await using site = await siteOfTwo();
  await Promise.all(["/", "/metrics", "/api/v1/status", "/"].map((path) => site.get(path)));
  assert.equal(site.readings, 1);
});

Deno.test("a page is made once for all readers of a snapshot", async () => {
  let readings = 0;
  const counted = (): typeof ABOUT => {
    readings++;
    return ABOUT;
  };
  await using site = await SiteBench.open({ source: { about: counted } });
  const pages = await Promise.all(["/", "/", "/?page=1"].map((path) => site.get(path)));
  assert.equal(readings, 1);
  assert.equal(pages[0]?.text, pages[1]?.text);
  // Each has its own time in it, if it was made anew.
  assert.equal((await site.get("/")).text, pages[0]?.text);
});

Deno.test("a table that cannot be read is an answer with the reason", async () => {
  const services = (): never => {
    throw new LvsctlError("the kernel does not answer");
  };
  await using site = await SiteBench.open({ source: { services } });
  const { status, text } = await site.get("/api/v1/list");
  assert.deepEqual([status, text], [503, "the kernel does not answer\n"]);
});

Deno.test("every path demands the login, if there is one", async () => {
  await using site = await SiteBench.open({ logins: Logins.parse("ada:sesame") });
  for (const path of ["/", "/metrics", "/healthz", "/api/v1/status", "/page.js", "/no"]) {
    assert.equal((await site.get(path)).status, 401, path);
  }
  assert.equal((await site.get("/healthz", { authorization: `Basic ${btoa("ada:sesame")}` })).status, 200);
});

Deno.test("an unknown path is not found", async () => {
  await using site = await SiteBench.open();
  for (const path of ["/no", "/../etc/passwd", "//", "/service", "/service?id=no", "/favicon.ico"]) {
    assert.equal((await site.get(path)).status, 404, path);
  }
});

Deno.test("the style and the program of the pages are files of their own, which the policy admits", async () => {
  await using site = await siteOfTwo();
  const { text } = await site.get("/");
  assert.doesNotMatch(text, /<style|style=|<script>|\son\w+=|https?:\/\//);
  const paths = [...text.matchAll(/ (?:src|href)="([a-z.]+)"/g)].map(([, path]) => path);
  assert.deepEqual(paths.slice(0, 3), ["page.css", "icon.svg", "page.js"]);
  for (const path of paths.slice(0, 3)) assert.equal((await site.get(`/${path}`)).status, 200, path);
});

/** The paths of the files below a directory. */
function filesBelow(directory: string): readonly string[] {
  return [...Deno.readDirSync(directory)].flatMap(({ name, isDirectory }) =>
    isDirectory ? filesBelow(`${directory}/${name}`) : [`${directory}/${name}`]
  );
}

Deno.test("a daemon without --listen loads nothing of the pages: all imports are of types, or dynamic", () => {
  const root = new URL("../../../../", import.meta.url).pathname;
  const files = ["cli", "core"].flatMap((name) => filesBelow(`${root}${name}`))
    .filter((path) => !/\/(?:cli|core)\/http\//.test(path));
  const importing = files.filter((path) =>
    /^(?:import|export) (?!type )[^;]*? from "[^"]*\/http\/[a-z_]+\.ts"/m.test(Deno.readTextFileSync(path))
  );
  assert.ok(files.length > 300);
  assert.deepEqual(importing, []);
});

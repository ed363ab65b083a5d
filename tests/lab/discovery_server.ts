/**
 * A server of the lab's that speaks the parts of three HTTP APIs that lvsctl uses: Prometheus' http_sd, Consul's health
 * of a service, and EndpointSlices of Kubernetes. It stands in for the real ones, which Debian does not have. Its lists
 * are files, which a test replaces:
 *
 * - `http.json`: the document of `GET /targets`.
 * - `consul.json`: the instances of `GET /v1/health/service/web`; a request with an index waits for a change.
 * - `slices.json`: the slices of `GET /apis/...`; a watch gets a MODIFIED event for each slice when the file changes.
 * - `gone`: while it exists, each watch ends with 410 Gone.
 *
 * The argument is the directory. It listens on 127.0.0.1:8500, and says `ready`.
 *
 * @module
 */

/** How often a file is looked at. */
const LOOK_MS = 50;

/** How long a request waits for a change. */
const WAIT_MS = 60_000;

interface Version {
  readonly text: string;
  readonly number: number;
}

if (import.meta.main) {
  const [directory = ""] = Deno.args;
  const known = new Map<string, Version>();
  const look = (name: string): Version => {
    const text = Deno.readTextFileSync(`${directory}/${name}`);
    const before = known.get(name);
    if (before?.text === text) return before;
    const version = { text, number: (before?.number ?? 100) + 1 };
    known.set(name, version);
    return version;
  };
  const untilChange = async (name: string, number: number): Promise<Version> => {
    const end = Date.now() + WAIT_MS;
    let version = look(name);
    while (version.number === number && Date.now() < end) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
      version = look(name);
    }
    return version;
  };
  const json = (text: string, headers: Readonly<Record<string, string>> = {}): Response =>
    new Response(text, { headers: { "content-type": "application/json", ...headers } });
  const isGone = (): boolean => {
    try {
      return Deno.statSync(`${directory}/gone`).isFile;
    } catch {
      return false;
    }
  };
  const watch = (from: number): Response => {
    const line = (value: unknown): Uint8Array => new TextEncoder().encode(`${JSON.stringify(value)}\n`);
    return new Response(
      new ReadableStream({
        async start(controller): Promise<void> {
          let number = from;
          try {
            for (const end = Date.now() + WAIT_MS; Date.now() < end;) {
              if (isGone()) {
                controller.enqueue(line({ type: "ERROR", object: { code: 410, message: "too old" } }));
                break;
              }
              const version = look("slices.json");
              if (version.number !== number) {
                number = version.number;
                for (const object of JSON.parse(version.text)) {
                  object.metadata.resourceVersion = String(number);
                  controller.enqueue(line({ type: "MODIFIED", object }));
                }
              }
              await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
            }
            controller.close();
          } catch {
            // The client went away.
          }
        },
      }),
    );
  };
  Deno.serve({
    hostname: "127.0.0.1",
    port: 8500,
    onListen: () => Deno.stdout.writeSync(new TextEncoder().encode("ready\n")),
  }, async (request) => {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === "/targets") return json(look("http.json").text);
    if (pathname === "/v1/health/service/web") {
      const index = Number(searchParams.get("index"));
      const { text, number } = index > 0 ? await untilChange("consul.json", index) : look("consul.json");
      return json(text, { "X-Consul-Index": String(number) });
    }
    if (!pathname.endsWith("/namespaces/default/endpointslices")) return new Response("", { status: 404 });
    if (searchParams.get("watch") !== null) return watch(Number(searchParams.get("resourceVersion")));
    const { text, number } = look("slices.json");
    return json(JSON.stringify({ metadata: { resourceVersion: String(number) }, items: JSON.parse(text) }));
  });
}

import { Director, lvsctlPath } from "../director.ts";
import assert from "node:assert/strict";
import { END, onTerminal, PAGE_DOWN, screenAfter } from "../terminal.ts";

/** A file for services as a provider has them, with long names, whose servers are found unreachable. */
function file(services: number): string {
  const entries = Array.from({ length: services }, (_, index) => {
    const [high, low] = [index >> 8, index & 255].map((byte) => byte.toString(16));
    const isIpv6 = index % 2 === 1;
    const address = isIpv6
      ? `[2001:db8:1234:5678:9abc:def0:${high}:${low}]`
      : `192.168.${100 + (index >> 8)}.${index & 255}`;
    const server = isIpv6 ? `[fd00:1234:5678:9abc:def0:1234:${high}:${low}]` : `172.16.${index >> 8}.${index & 255}`;
    return [
      `  - name: customer-${index}-production-web-front-end-of-the-shop`,
      `    listen: tcp://${address}:${10_000 + index}`,
      `    scheduler: wlc`,
      `    check: { type: tcp, interval: 30s, timeout: 1s }`,
      `    servers: ["${server}:65535"]`,
    ].join("\n");
  });
  return ["version: 1", "services:", ...entries, ""].join("\n");
}

for (const services of [3, 300, 3000]) {
  Deno.test(`views of a daemon and reports of ${services} services wrap no row on a terminal of 80 x 24`, async () => {
    await using director = await Director.create();
    const path = "/tmp/terminal.yaml";
    await Deno.writeTextFile(path, file(services));
    const lvsctl = lvsctlPath();
    for (const report of [`plan ${path}`, `check ${path}`, `apply ${path} --yes`, `plan ${path}`, "doctor"]) {
      screenAfter(await onTerminal(director, `${lvsctl} ${report}`), report);
    }
    const daemon = director.start(`run ${path}`);
    await daemon.untilOutput(/watching [\d,]+ virtual services? with [\d,]+ checks?/, { timeLimitSeconds: 120 });
    const last = services - 1;
    const name = `customer-${last}-production-web-front-end-of-the-shop`;
    const views = [
      "status",
      "status --unhealthy",
      `status ${name}`,
      `service show ${name}`,
      `server list ${name}`,
      "connections",
      "vip list",
      "history",
      `explain 10.0.0.1 tcp://192.168.100.0:10000`,
    ];
    for (const view of views) screenAfter(await onTerminal(director, `${lvsctl} ${view}`), view);
    for (const view of ["status --watch", "connections --watch", "top"]) {
      const output = await onTerminal(director, `${lvsctl} ${view}`, [PAGE_DOWN, END, "q"]);
      const left = output.lastIndexOf("\x1b[?25h\x1b[?1049l");
      assert.ok(left > 0, output);
      assert.equal(screenAfter(output.slice(0, left), view).scrolls, 0, view);
    }
    await daemon.stop();
  });
}

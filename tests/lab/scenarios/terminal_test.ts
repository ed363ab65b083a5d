import assert from "node:assert/strict";
import { Director, lvsctlPath } from "../director.ts";
import { END, onTerminal, PAGE_DOWN, screenAfter } from "../terminal.ts";

/** Rules for as many services, half of them IPv6, with long names and descriptions. */
function rules(services: number): string {
  return Array.from({ length: services }, (_, index) => {
    const [high, low] = [index >> 8, index & 255].map((byte) => byte.toString(16));
    const isIpv6 = index % 2 === 1;
    const service = isIpv6
      ? `[2001:db8:1234:5678:9abc:def0:${high}:${low}]:65535`
      : `192.168.${100 + (index >> 8)}.${index & 255}:${10_000 + index}`;
    const servers = [0, 1].map((weight) => {
      const server = isIpv6
        ? `[fd00:1234:5678:9abc:def0:${high}:${low}:${weight + 1}]:65535`
        : `172.16.${100 + weight}.${index & 255}:65535`;
      return `-a -t ${service} -r ${server} -m -w ${weight}\n`;
    });
    return `-A -t ${service} -s mh -b mh-fallback,mh-port -p 86340\n${servers.join("")}`;
  }).join("");
}

for (const services of [3, 300, 3000]) {
  Deno.test(`lists and top of ${services} services wrap no row on a terminal of 80 x 24`, async () => {
    await using director = await Director.create();
    await Deno.writeTextFile("/tmp/terminal.rules", rules(services));
    const lvsctl = lvsctlPath();
    const restored = await onTerminal(director, `${lvsctl} restore /tmp/terminal.rules --yes >/dev/null`);
    assert.deepEqual(screenAfter(restored, "restore").text.filter((line) => line !== ""), []);
    for (const list of ["list", "list --stats", "list --rate", "list --thresholds", "service list", "history"]) {
      const screen = screenAfter(await onTerminal(director, `${lvsctl} ${list}`), list);
      assert.ok(screen.text.some((line) => line.length > 60), screen.text.join("\n"));
    }
    const output = await onTerminal(director, `${lvsctl} top --interval 500ms`, [PAGE_DOWN, END, "q"]);
    const left = output.lastIndexOf("\x1b[?25h\x1b[?1049l");
    assert.ok(left > 0, output);
    const screen = screenAfter(output.slice(0, left), "top");
    assert.equal(screen.scrolls, 0);
    assert.match(screen.text[2] ?? "", / WGT +ACT +INACT +CONN +IN P +OUT P +IN B +OUT B$/);
    assert.match(screen.text[3] ?? "", /^TOTAL( +0){7}$/);
    const lines = services * 3;
    const place = lines < 20 ? `all ${lines}` : `${lines - 18}-${lines} of ${lines}`;
    assert.ok(screen.text.at(-1)?.startsWith(`${place}  q quit`), screen.text.at(-1));
    assert.ok(screen.text.at(-2)?.startsWith(lines < 20 ? "" : "  -> [fd00:"), screen.text.join("\n"));
  });
}

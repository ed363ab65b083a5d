import assert from "node:assert/strict";
import { Director, lvsctlPath, until } from "../director.ts";
import { ip } from "../namespace.ts";
import { DIRECTOR } from "../network.ts";
import { END, onTerminal, PAGE_DOWN, screenAfter } from "../terminal.ts";
import { Tmux } from "../tmux.ts";

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

/** A service whose server a connection keeps draining, with the longest names. */
const BUSY = {
  vip: "2001:db8:1234:5678:9abc:def0:fffe:ffff",
  port: 65_535,
  servers: ["[fd00:1234:5678:9abc:def0:fffe:1234:1]:65535", "[fd00:1234:5678:9abc:def0:fffe:1234:2]:65535"],
};

for (const services of [3, 300, 3000]) {
  Deno.test(`tmux of 80 x 24 wraps no row of ${services} services and scrolls no line of progress`, async () => {
    await using director = await Director.create();
    await Deno.writeTextFile("/tmp/terminal.rules", rules(services));
    await director.must("restore /tmp/terminal.rules --yes");
    await using tmux = await Tmux.create(director);
    const lvsctl = lvsctlPath();
    for (const list of ["list", "list --stats", "save --format rules >/dev/null"]) {
      const rows = await tmux.rowsOf(`${lvsctl} ${list}`);
      assert.ok(list.startsWith("save") ? rows.length === 0 : rows.length > services, `${list}: ${rows.join("\n")}`);
    }

    await tmux.start(`${lvsctl} top --interval 500ms`);
    const shown = async (last: RegExp): Promise<void> => {
      await until(async () => last.test((await tmux.view()).rows.at(-1) ?? ""), { withinMs: 60_000, what: `${last}` });
      await tmux.assertUnwrapped("top");
      const { rows, scrolled } = await tmux.view();
      assert.deepEqual([rows.length, scrolled], [24, 0]);
    };
    const lines = services * 3;
    await shown(lines < 20 ? /^all 9 {2}q quit/ : /^1-\d+ of \d+ {2}q quit/);
    await tmux.type("End");
    await shown(lines < 20 ? /^all 9 {2}q quit/ : new RegExp(`-${lines} of ${lines} {2}q quit`));
    await tmux.type("q");
    const what = "top has left the pane as it was";
    await until(async () => (await tmux.view()).rows.join() === "ended 0", { withinMs: 60_000, what });

    const { vip, port, servers: [first = "", second = ""] } = BUSY;
    const service = `udp://[${vip}]:${port}`;
    await ip([`address add ${vip}/128 dev lo nodad`], DIRECTOR);
    await director.must(`service add ${service} --scheduler rr`);
    await director.must(`server add ${service} ${first}`);
    await director.run(["bash", "-c", `echo >/dev/udp/${vip}/${port}`]);
    await director.must(`server add ${service} ${second}`);
    await tmux.start(`${lvsctl} server drain ${service} ${first} --timeout 5s --on-timeout keep >/dev/null`);
    const seen = new Set<string>();
    await until(async () => {
      const { rows, scrolled } = await tmux.view();
      const [row = ""] = rows;
      assert.deepEqual([rows.length, scrolled], [1, 0], rows.join("\n"));
      if (!tmux.isEnded(rows) && row !== "") seen.add(row);
      return tmux.isEnded(rows);
    }, { withinMs: 60_000, what: "the drain ends" });
    assert.deepEqual((await tmux.view()).rows, ["ended 3"]);
    assert.ok(seen.size >= 2, [...seen].join("\n"));
    for (const row of seen) assert.match(row, /^0 active, 1 inactive; \ds left: draining \[fd00:/);
  });
}

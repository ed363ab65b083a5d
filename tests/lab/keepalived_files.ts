/**
 * Small files of keepalived that vary its language: parameters, sequences, conditions, comments, continued lines, includes,
 * braces, case, bytes, and values that keepalived takes or refuses.
 *
 * @module
 */
import { type Scope, scopeOf, type SmallFile } from "./imported_files.ts";
import { SeededRandom } from "./random.ts";

/** A file that is being written. */
class Draft {
  readonly random: SeededRandom;
  readonly scope: Scope;
  /** Definitions, at the start of the file. */
  readonly definitions: string[] = [];
  readonly files: Record<string, string> = {};
  #names = 0;

  constructor(number: number) {
    this.random = new SeededRandom(number);
    this.scope = scopeOf(number);
  }

  /** Defines a parameter, whose value may come from another one. */
  define(value: string): string {
    const name = `${this.random.pick(["P", "Par_", "x", "_u"])}${this.#names++}`;
    const nested = this.random.oneIn(3) && !value.includes("\n");
    const text = nested ? this.define(value) : value;
    const line = `$${name}=${this.random.pick(["", " ", "\t"])}${text}`;
    // A value counts when it is used, so that definitions may come in any order.
    if (this.random.oneIn(2)) this.definitions.push(line);
    else this.definitions.unshift(line);
    return `\${${name}}`;
  }

  /** A value as it is, or by a parameter. */
  say(value: string | number): string {
    return this.random.oneIn(4) ? this.define(String(value)) : String(value);
  }

  /** A word at the end of a line, perhaps in quotes or by a parameter without braces. */
  word(value: string | number): string {
    switch (this.random.below(8)) {
      case 0:
        return `"${value}"`;
      case 1:
        return this.define(String(value)).replace(/^\$\{(.*)\}$/, "$$$1");
      default:
        return this.say(value);
    }
  }
}

/** Lines that keepalived skips or refuses. */
function noise({ random }: Draft): readonly string[] {
  return random.pick<readonly string[]>([
    ["# comment"],
    ["! comment { } $A"],
    ["# caf\u00e9 \u00fc"],
    [""],
    ["   \t"],
    ["@other weight 77"],
    ["@^director quorum 55"],
    ["@director"],
    ["bogus 1"],
    ["bogus"],
    ["@other bogus {"],
    ["$UNUSED=7"],
    ["$NOTHING=", "$NOTHING"],
    ["~SEQ(NONE, 1, -1, 5) weight 9"],
  ]);
}

function comment({ random }: Draft, line: string): string {
  return `${line}${random.pick(["", "", "", "", " # c", "  ! c {", "\t# }", " ", "\t"])}`;
}

/** Puts a condition for this machine before a line. */
function condition({ random }: Draft, line: string): string {
  return random.oneIn(8) ? `${random.pick(["@director ", "@^other ", "@director\t"])}${line}` : line;
}

const WEIGHTS = ["1", "2", "5", "0", "010", "+4", "65535"];
const BAD_WEIGHTS = ["-1", "3x", "x", "0x10", "2147483648", "1.5"];

/** The body of a real server. */
function serverBody(draft: Draft): readonly string[] {
  const { random } = draft;
  const lines: string[] = [];
  if (random.oneIn(2)) lines.push(`weight ${draft.word(random.pick(random.oneIn(6) ? BAD_WEIGHTS : WEIGHTS))}`);
  if (random.oneIn(8)) lines.push(`lvs_method ${random.pick(["DR", "NAT", "TUN", "dr", "FOO"])}`);
  if (random.oneIn(8)) lines.push(`inhibit_on_failure ${random.pick(["", "on", "off", "maybe"])}`);
  if (random.oneIn(10)) lines.push(...noise(draft));
  if (random.oneIn(6)) {
    lines.push(...random.pick([
      ["TCP_CHECK {", "  connect_timeout 3", "}"],
      ["TCP_CHECK", "{ connect_port 80 }"],
      ["TCP_CHECK { }"],
      ["PING_CHECK {", "}"],
      ["HTTP_GET {", "  url { path / status_code 200", "  }", "}"],
    ]));
  }
  return lines;
}

/** A block, with its braces in one of the usual places. */
function block({ random }: Draft, head: string, body: readonly string[]): readonly string[] {
  switch (random.below(5)) {
    case 0:
      return [head, "{", ...body.map((line) => `    ${line}`), "}"];
    case 1:
      // Several lines on one: a comment would hide the rest.
      if (body.length <= 1 && !/[#!@$\\]/.test(body.join(""))) return [`${head} { ${body.join("")} }`];
      return [`${head} {`, ...body, "}"];
    case 2:
      return [`${head}{`, ...body.map((line) => `\t${line}`), "  }"];
    default:
      return [`${head} {`, ...body.map((line) => `    ${line}`), "}"];
  }
}

/** The servers of a service: by themselves, by sequences, by lists, or by values of several lines. */
function servers(
  draft: Draft,
  { isIpv6, port }: { readonly isIpv6: boolean; readonly port: number },
): readonly string[] {
  const { random, scope } = draft;
  const net = isIpv6 ? scope.ipv6 : scope.ipv4;
  const from = 11 + random.below(5);
  const to = from + 1 + random.below(3);
  const at = (last: string | number): string => `${draft.say(net)}${last} ${draft.say(port)}`;
  const x = isIpv6 ? "x" : "";
  switch (random.below(8)) {
    case 0:
      return [`~SEQ${x}(N, ${draft.say(from).replace(/^\$\{(\w+)\}$/, "$$$1")}, ${to}) real_server ${at("${N}")} { }`];
    case 1: {
      const body = serverBody(draft).filter((line) => !line.startsWith("$"));
      const [head = "", ...rest] = block(draft, `real_server ${net}\${N} ${port}`, body);
      const lines = [head, ...rest].filter((line) => line.trim() !== "");
      draft.definitions.push(`$RS=${random.pick([" \\", "\\", "\t\\"])}`);
      draft.definitions.push(...lines.slice(0, -1).map((line) => `${line} \\`), lines.at(-1) ?? "");
      return random.pick([
        [`~SEQ${x}(N,${from},${to}) $RS`],
        [`~SEQ${x}(N, ${to}, ${from}) $RS`],
        [`~LST(N, ${from}, ${to}) $RS`],
        [`$N=${from}`, "$RS", `$N=${to}`, "  ${RS}"],
        ["$FIRST=1", "$LAST=3", `~SEQ(N,$FIRST,$LAST) $RS`],
        ["$RANGE=1,2", `~SEQ(N,$RANGE) $RS`],
        [`~SEQ(N,${from},2,${to + 2}) ${random.pick(["@director ", "@other ", ""])}$RS`],
      ]);
    }
    case 2:
      return [
        `~LST({N, W}, {${from}, 2},{${to},${random.oneIn(8) ? "" : "7"}}) real_server ${at("${N}")} { weight \${W} }`,
      ];
    case 3:
      return [
        `~LST(W, 1, 3) ~SEQ(N, ${from}, ${to}) real_server ${net}${
          isIpv6 ? "a" : "1"
        }\${W}\${N} ${port} { weight \${W} }`
          .replace(/(\d{3})(?=\$)/, "1"),
      ];
    case 4:
      return [
        ...block(draft, `real_server ${at(from)}`, serverBody(draft)),
        ...block(draft, condition(draft, `real_server ${at(to)}`), serverBody(draft)),
        // A duplicate, or another port.
        ...random.oneIn(3) ? block(draft, `real_server ${at(from)}`, ["weight 9"]) : [],
        ...random.oneIn(3) ? block(draft, `real_server ${net}${from} ${port + 1}`, ["weight 8"]) : [],
      ];
    case 5: {
      const text = block(draft, `real_server ${at(from)}`, serverBody(draft)).join("\n");
      draft.files["servers/one.conf"] = `${text}\n`;
      draft.files["servers/two.conf"] = `real_server ${net}${to} ${port} {\n}\n`;
      draft.files["servers/run.sh"] = `real_server ${net}99 ${port} {\n}\n`;
      return [
        random.pick([
          "include servers/*.conf",
          "include ${_PWD}/servers/*.conf",
          "include servers/{two,one}.conf",
          "include servers/[!a].conf",
          "include servers/t[u-x]o.conf",
          "include servers/*",
          "@director include servers/one.conf",
          "@other include servers/one.conf",
          "~LST(F, one, two) include servers/${F}.conf",
          'include "servers/one.conf"',
          "include servers/one.conf # comment",
          "include servers/none*.conf",
          "includea servers/???.conf",
          `include ${draft.say("servers/two.conf")}`,
        ]),
        ...block(draft, `real_server ${at(to + 1)}`, serverBody(draft)),
      ];
    }
    case 6: {
      const bad = random.pick([
        "www.example.com 80",
        `${net}300 80`,
        `${net}12 99999`,
        `${net}13 80x`,
        `${net}14 http`,
        // keepalived does not start without an address.
        random.oneIn(6) ? "" : `${net}301 80`,
      ]);
      return [
        ...block(draft, `real_server ${bad}`, ["weight 3", ...serverBody(draft)]),
        ...block(draft, `real_server ${at(from)}`, serverBody(draft)),
      ];
    }
    default:
      return Array.from({ length: 1 + random.below(3) }, (_, index) => [
        ...random.oneIn(4) ? noise(draft) : [],
        ...block(draft, `real_server ${at(from + index)}`, serverBody(draft)),
      ]).flat();
  }
}

const SCHEDULERS = ["rr", "wrr", "lc", "wlc", "sh", "mh", "dh", "lblc", "sed", "nq", "fo", "ovf"];

/** The settings of a service. */
function settings(draft: Draft, { isIpv6, isMark }: { readonly isIpv6: boolean; readonly isMark: boolean }): string[] {
  const { random } = draft;
  const lines: string[] = [];
  if (!random.oneIn(10)) {
    const scheduler = random.oneIn(8) ? random.pick(["RR", "Wlc", "bogus", "wlc2"]) : random.pick(SCHEDULERS);
    lines.push(`${random.pick(["lvs_sched", "lb_algo"])} ${draft.word(scheduler)}`);
    if (random.oneIn(6)) {
      lines.push(random.pick(["sh-port", "sh-fallback", "mh-port", "mh-fallback", "flag-1", "flag-3"]));
    }
  }
  if (!random.oneIn(10)) {
    const method = random.oneIn(8) ? random.pick(["nat", "Dr", "MASQ"]) : random.pick(["NAT", "DR", "TUN"]);
    lines.push(`${random.pick(["lvs_method", "lb_kind"])} ${draft.word(method)}`);
  }
  if (!isMark || random.oneIn(2)) {
    const protocol = random.pick(["TCP", "TCP", "tcp", "Tcp", "udp", "UDP", "sctp", "SCTP", "sCtP", "icmp", "TCPx"]);
    if (!random.oneIn(12)) lines.push(`protocol ${draft.word(protocol)}`);
  }
  if (random.oneIn(5)) {
    lines.push(`persistence_timeout ${random.pick(["", "50", "0", "360", "2678400", "2678401", "5x", "1.5"])}`);
    if (random.oneIn(2)) {
      lines.push(
        `persistence_granularity ${
          random.pick(isIpv6 ? ["64", "128", "129", "0"] : ["255.255.255.0", "255.255.0.255", "24", "0.0.0.0"])
        }`,
      );
    }
  }
  if (random.oneIn(8)) lines.push(`weight ${draft.word(random.pick(["3", "0", "x", "7"]))}`);
  if (random.oneIn(8)) {
    lines.push(random.pick(["ops", "ops on", "inhibit_on_failure", "hashed", "delay_loop 5", "omega"]));
  }
  if (random.oneIn(8)) lines.push(`quorum ${random.pick(["1", "2", "0", "99", "-1"])}`, "hysteresis 1");
  if (random.oneIn(8)) {
    lines.push(
      `sorry_server ${
        random.pick(isIpv6 ? ["2001:db8::9 80", "10.0.0.9 80"] : ["10.0.0.9 80", "10.0.0.9", "::1 80", "nowhere 80"])
      }`,
    );
  }
  // Most settings do not depend on their order.
  return random.oneIn(3) ? lines.reverse() : lines;
}

/** A service with its servers. */
function service(draft: Draft, index: number): readonly string[] {
  const { random, scope } = draft;
  const kind = random.below(10);
  const isIpv6 = kind === 0 || kind === 1;
  const isMark = kind === 2;
  const port = random.pick([80, 443, 8080]);
  const mark = scope.mark + index;
  const address = `${isIpv6 ? scope.ipv6 : scope.ipv4}${index + 1}`;
  const group = `${random.pick(["G", "web-", "g."])}${index}`;
  const isGroup = kind === 3 || kind === 4;
  const head = isMark
    ? `fwmark ${draft.word(mark)}`
    : isGroup
    ? `group ${group}`
    : `${draft.say(address)} ${draft.word(port)}`;
  const body = [
    ...settings(draft, { isIpv6, isMark }).flatMap((line) => [
      ...random.oneIn(8) ? noise(draft) : [],
      comment(draft, condition(draft, line)),
    ]),
    ...servers(draft, { isIpv6, port }),
    ...random.oneIn(12) ? ["bogus {", "  weight 3", "}"] : [],
  ];
  const lines = [...block(draft, `virtual_server ${head}`, body)];
  if (!isGroup) return lines;
  const members = random.pick([
    [`${scope.ipv4}${index + 1} ${port}`],
    [`${scope.ipv4}${100 + index * 20}-${103 + index * 20} ${port}`, `fwmark ${mark}`],
    [`${scope.ipv4}${64 + index * 4}/30 ${port}`, "# none", "bogus"],
    [`~SEQ(V, 1, 3) ${scope.ipv4}${200 + index}\${V} ${port}`.replace(/2\d\d(?=\$)/, `${20 + index}`)],
    [`${scope.ipv4}${index + 1} ${port}`, `${scope.ipv6}${index + 1} ${port}`],
    [`${scope.ipv4}${index + 1} ${port}`, `${scope.ipv4}${index + 30} ${port + 1}`],
    [`fwmark ${mark}`, `fwmark ${mark + 10}`],
  ]);
  const groupLines = block(draft, `virtual_server_group ${group}`, members);
  return random.oneIn(2) ? [...groupLines, ...lines] : [...lines, ...groupLines];
}

/** Makes the file of a number. */
export function keepalivedFile(number: number): SmallFile {
  const draft = new Draft(number);
  const { random } = draft;
  const services = Array.from({ length: 1 + random.below(2) }, (_, index) => service(draft, index));
  // The same service once more.
  if (random.oneIn(10)) services.push(service(draft, 0));
  const body = services.flatMap((lines) => [...random.oneIn(4) ? noise(draft) : [], ...lines]);
  if (random.oneIn(8)) {
    body.push(random.pick(["vrrp_script s {", "static_routes {", "bfd_instance b {"]), "  x { y }", "}");
  }
  if (random.oneIn(12)) body.push("}");
  const { definitions } = draft;
  let text = [...definitions, ...body].join("\n") + (random.oneIn(10) ? "" : "\n");
  if (random.oneIn(12)) text = text.replaceAll("\n", "\r\n");
  if (random.oneIn(6)) {
    draft.files["more/all.conf"] = text.replaceAll("include servers/", "include ../servers/")
      .replaceAll("${_PWD}/", "${_PWD}/../");
    text = random.pick(["include more/all.conf\n", "include more/*.conf\n", "$D=more\ninclude ${_PWD}/${D}/a*.conf\n"]);
  }
  return { number, files: { "keepalived.conf": text, ...draft.files } };
}

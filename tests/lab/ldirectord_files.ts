/**
 * Small files of ldirectord that vary its language: directives in every form that it reads, indentation, comments, blanks,
 * ranges, names, numbers, families, kinds of checks, and lines that it rejects.
 *
 * @module
 */
import { type Scope, scopeOf, type SmallFile } from "./imported_files.ts";
import { MISTAKES_INSIDE, MISTAKES_OUTSIDE } from "./ldirectord_mistakes.ts";
import { SeededRandom } from "./random.ts";

/** Host names of the guest. */
export const HOST_NAMES: Readonly<Record<string, string>> = {
  "web1.example.com": "10.250.0.11",
  "web2": "10.250.0.12",
  "web-3.example.com": "10.250.0.13",
  "six1.example.com": "2001:db8:7f00::11",
  "sorry": "10.250.0.99",
};

/** A file that is being written. */
interface Draft {
  readonly random: SeededRandom;
  readonly scope: Scope;
  readonly number: number;
  readonly files: Record<string, string>;
}

/** A service that is being written. */
interface Service {
  readonly isIpv6: boolean;
  readonly isMark: boolean;
  readonly port: string;
}

/** Writes a directive in one of the forms that ldirectord reads. */
function directive({ random }: Draft, name: string, value: string): string {
  return `${name}${random.pick([" = ", "=", " = ", "= ", " =", "\t=\t", "  =   "])}${value}`;
}

/** What may follow most values. */
function tail({ random }: Draft): string {
  return random.pick(["", "", "", "", " ", "\t", " # comment", "# comment"]);
}

const YES_NO = ["yes", "no"];

/** The global directives. */
function globals(draft: Draft): readonly string[] {
  const { random, number } = draft;
  const base = `/tmp/files/${number}`;
  const all: (readonly [string, readonly string[]])[] = [
    ["quiescent", YES_NO],
    ["readdquiescent", YES_NO],
    ["fallback", [
      "127.0.0.1:80 gate",
      "10.250.0.98:80 masq",
      "10.250.0.98",
      "sorry:8080 ipip",
      "10.250.0.97 masq",
      "sorry",
      "127.0.0.1:http",
    ]],
    ["fallback6", ["[::1]:80", "[2001:db8::99]", "[2001:DB8::99]:8080 masq", "six1.example.com:80 ipip"]],
    ["fork", YES_NO],
    ["cleanstop", YES_NO],
    ["autoreload", YES_NO],
    ["supervised", YES_NO],
    ["failurecount", ["1", "2", "3 times"]],
    ["checkcount", ["1", "1x"]],
    ["emailalert", ['"root@localhost"', "root@localhost, ops@example.com"]],
    ["emailalertstatus", ["all", "none", "starting,running", "stopping , reloading"]],
    ["emailalertfreq", ["60", "0", "60s"]],
    ["emailalertfrom", ["lvs@example.com", '"lvs@example.com"']],
    ["smtp", ["127.0.0.1", "localhost"]],
    ["callback", ['"/bin/true"']],
    ["fallbackcommand", ["/bin/true", '"/bin/true x"']],
    ["logfile", [`"${base}/log"`, '"local0"']],
    ["maintenancedir", [`${base}/maintenance`, "/tmp/none"]],
    ["checkinterval", ["1", "10", "2s", "007"]],
  ];
  const lines = all.filter(() => random.oneIn(7)).map(([name, values]) =>
    directive(draft, name, random.pick(values)) + (isExact(name) ? "" : random.pick(["", "", " ", "\t"]))
  );
  // A mail would go to a program that does not answer.
  lines.push("emailalertstatus = none");
  // Without it, ldirectord adds and deletes each server before its first check, which takes most of the time.
  if (!random.oneIn(4)) lines.push("readdquiescent = yes");
  lines.push(directive(draft, "checktimeout", random.pick(["4", "4s", "4 seconds"])));
  lines.push(directive(draft, "negotiatetimeout", random.pick(["4", "4s", "04"])));
  if (random.oneIn(8)) lines.push("supervised");
  return random.oneIn(2) ? lines.reverse() : lines;
}

/** Whether ldirectord takes a value only without further blanks. */
function isExact(name: string): boolean {
  return [
    "emailalertstatus",
    "quiescent",
    "readdquiescent",
    "fork",
    "cleanstop",
    "autoreload",
    "supervised",
    "ops",
    "netmask",
  ].includes(
    name,
  );
}

/** Lines between directives. */
function noise({ random }: Draft): readonly string[] {
  return random.pick([["# comment"], ["#"], ["    # virtual = 10.0.0.1:80"], ["\t# caf\u00e9"], ["\t  # }"]]);
}

/** A server with its words. */
function real(draft: Draft, service: Service): readonly string[] {
  const { random, scope, files } = draft;
  const { isIpv6, isMark } = service;
  const name = isIpv6 ? "real6" : "real";
  const last = 11 + random.below(6);
  const literal = isIpv6 ? `[${random.pick([scope.ipv6, scope.ipv6.toUpperCase()])}${last}]` : `${scope.ipv4}${last}`;
  const named = isIpv6 ? ["six1.example.com"] : ["web1.example.com", "web2", "web-3.example.com", "WEB2"];
  const isRange = !isIpv6 && random.oneIn(5);
  const host = isRange
    ? `${literal}->${random.pick([`${scope.ipv4}${last + random.below(4)}`, literal])}`
    : random.oneIn(8)
    ? random.pick(named)
    : literal;
  const own = ["80", "80", "80", "81", "http", random.oneIn(4) ? "080" : "80", isMark ? "0" : "8080"];
  // A port of its own makes another server of each that the service has by gate or ipip.
  const port = random.oneIn(7)
    ? ""
    : `:${random.oneIn(3) ? random.pick(own) : service.port === "http" ? "80" : service.port}`;
  const method = random.pick(["gate", "gate", "masq", "masq", "ipip"]);
  const weight = random.oneIn(2)
    ? ""
    : ` ${random.pick(["1", "5", "0", "10", "007", "65535", "-w 5", "weight 3", "  4"])}`;
  const request = random.oneIn(6)
    ? ` ${
      random.pick([
        '"index.html", "works"',
        '"own" "it"',
        '"/own","works"',
        '"none", "works"',
        '"index.html", "absent"',
        '"index.html",""',
      ])
    }`
    : "";
  const low = random.oneIn(8) ? " l:5" : "";
  const high = random.oneIn(8) ? " u:10" : "";
  if (random.oneIn(12)) files[`maintenance/${scope.ipv4}${last}`] = "";
  const thresholds = high === "" ? "" : low + high;
  return [
    directive(draft, name, `${host}${port}${random.pick([" ", "  ", "\t"])}${method}${weight}${request}${thresholds}`) +
    tail(draft),
  ];
}

/** The kind of check of a service with what it needs. */
function check(draft: Draft, { isIpv6 }: Service): readonly string[] {
  const { random, number } = draft;
  const base = `/tmp/files/${number}`;
  const write = (name: string, ...values: readonly string[]): string =>
    directive(draft, name, random.pick(values)) + tail(draft);
  switch (random.below(isIpv6 ? 6 : 9)) {
    case 0:
      return [write("checktype", "on", "on", "on please")];
    case 1:
      return random.oneIn(2) ? [write("checktype", "off")] : [write("checktype", "on")];
    case 2:
      return [
        write("checktype", "connect"),
        ...random.oneIn(3) ? [write("checkport", "80", "81", "80 tcp", " 0080")] : [],
      ];
    case 3:
      draft.files["check.sh"] = '#!/bin/sh\ntest "$4" = 80 -o "$4" = 0\n';
      return [
        write("checktype", "external"),
        `checkcommand = ${random.pick([`${base}/check.sh`, `"${base}/check.sh"`, "/bin/false", '"/bin/true"'])}`,
      ];
    case 4:
      return [write("service", "none"), ...random.oneIn(2) ? [write("checktype", "negotiate")] : []];
    case 5:
      return [write("checktype", "ping"), ...random.oneIn(3) ? [write("checkcount", "1")] : []];
    case 6:
      return [
        write("service", "simpletcp"),
        `request = "${random.pick(["GET / HTTP/1.0\\n\\n", "HEAD /none HTTP/1.0\\n\\n"])}"`,
        ...random.oneIn(2) ? [write("receive", '"HTTP"', '"200"', '"it w.rks"')] : [],
      ];
    default:
      return [
        write("service", "http"),
        ...random.oneIn(2) ? [write("checktype", "negotiate", "negotiate", "3", "2 connects", "0")] : [],
        ...random.oneIn(2) ? [write("request", '"index.html"', '"/own"', '"none"', '"index.html" "own"')] : [],
        ...random.oneIn(2)
          ? [write("receive", '"it works"', '"^it"', '"absent"', '"w[aeiou]rks?"', '"\\w+ works"')]
          : [],
        ...random.oneIn(4) ? [write("virtualhost", "www.example.com", '"www.example.com"', "")] : [],
        ...random.oneIn(4) ? [write("httpmethod", "GET", "get", "HEAD")] : [],
        ...random.oneIn(4) ? [write("checkport", "80", "81")] : [],
      ];
  }
}

/** The settings of a service. */
function settings(draft: Draft, { isIpv6, isMark }: Service): readonly string[] {
  const { random, number } = draft;
  const all: (readonly [string, readonly string[]])[] = [
    ["scheduler", ["rr", "wlc", "wrr", "sh", "mh", "lc", "Xwlc", "WRRrr", "sed 5", "bogus", "dh"]],
    ["persistent", ["600", "50s", "300 seconds", "2678400", "60", "7200s", random.oneIn(3) ? "0" : "9999999"]],
    [
      "netmask",
      isIpv6 ? ["64", "128", "1"] : ["255.255.255.0", "255.255.255.255", "255.255.0.0", "255.0.255.0", "0.0.0.0"],
    ],
    ["quiescent", YES_NO],
    ["fallback", [
      "127.0.0.1:80 gate",
      "10.250.0.96:80",
      "10.250.0.96 masq",
      "sorry:8080 masq",
      "10.250.0.96:http ipip",
      "sorry",
    ]],
    ["ops", YES_NO],
    ["protocol", isMark ? ["fwm"] : ["tcp", "udp", "tcp", "udp or tcp"]],
    ["servicename", [`web ${number}`, `mail_${number}`, `\u00e9${number}`]],
    ["comment", ["a comment", "", '"quoted"']],
    ["emailalert", ["root", '"ops@example.com"']],
    ["emailalertstatus", ["none", "all"]],
    ["emailalertfreq", ["3600"]],
    ["failurecount", ["2", "1 time"]],
    ["checktimeout", ["4", "4s"]],
    ["negotiatetimeout", ["4"]],
    ["checkinterval", ["5"]],
    ["cleanstop", YES_NO],
    ["monitorfile", [`/tmp/files/${number}/monitor`, `"/tmp/files/${number}/monitor"`]],
    ["fallbackcommand", ["/bin/true", '"/bin/true"']],
    ["smtp", ["127.0.0.1"]],
    ["schedflags", ["flag-1", "flag-3", "flag-1,flag-2", random.oneIn(2) ? "mh-fallback" : "flag-2"]],
    ["login", ['"anonymous"']],
    ["passwd", ['"secret"']],
    ["database", ['"db"']],
    ["load", ['"word"']],
    ["request", ['"index.html"']],
  ];
  return all.filter(() => random.oneIn(8)).map(([name, values]) => {
    const written = name === "fallback" && isIpv6 ? "fallback6" : name;
    const value = random.pick(
      written === "fallback6" ? ["[2001:db8::98]:80 gate", "[::1]:80", "[2001:db8::98] masq"] : values,
    );
    return directive(draft, written, value) + (isExact(name) ? random.pick(["", "", "# c"]) : tail(draft));
  });
}

/** A service with its servers. */
function service(draft: Draft, index: number): readonly string[] {
  const { random, scope } = draft;
  const isIpv6 = random.oneIn(6);
  const isMark = random.oneIn(6);
  const port = random.pick(["80", "80", "443", "8080", "http", "25", "5000"]);
  const address = isIpv6 ? `[${scope.ipv6}${index + 1}]` : `${scope.ipv4}${index + 1}`;
  const place = isMark ? String(scope.mark + index) : `${address}:${port}`;
  const written: Service = { isIpv6, isMark, port };
  const servers = Array.from({ length: random.below(4) }, () => real(draft, written)).flat();
  // The same server twice.
  if (random.oneIn(10)) servers.push(...servers.slice(0, 1));
  const lines = [...servers, ...check(draft, written), ...settings(draft, written)];
  const ordered = random.oneIn(3) ? lines.toReversed() : lines;
  const indent = random.pick(["    ", "\t", "\t\t", "      ", "  \t"]);
  const inside = ordered.flatMap((line) => [
    ...random.oneIn(10) ? noise(draft) : [],
    `${random.oneIn(8) ? random.pick(["    ", "\t", "     "]) : indent}${line}`,
  ]);
  return [
    directive(draft, isIpv6 ? "virtual6" : "virtual", place) + random.pick(["", "", "", " ", " # web"]),
    ...inside,
  ];
}

/** Makes the file of a number. */
export function ldirectordFile(number: number): SmallFile {
  const random = new SeededRandom(number);
  const draft: Draft = { random, scope: scopeOf(number), number, files: {} };
  const services = Array.from({ length: 1 + random.below(3) }, (_, index) => service(draft, index));
  const [first = []] = services;
  const wrong = random.oneIn(9);
  const isInside = random.oneIn(2);
  if (wrong && isInside) services[0] = [...first, `\t${random.pick(MISTAKES_INSIDE)}`];
  // The same service once more.
  if (random.oneIn(25)) services.push(first);
  const own = globals(draft);
  const cut = random.below(own.length + 1);
  const between = random.pick([[], [""], ["# next"], ["", "#", ""]]);
  const lines = [
    ...own.slice(0, cut),
    ...wrong && !isInside ? [random.pick(MISTAKES_OUTSIDE)] : [],
    ...services.flatMap((each) => [...each, ...between]),
    // Global directives count wherever they are.
    ...own.slice(cut),
  ];
  let text = lines.join("\n") + (random.oneIn(8) ? "" : "\n");
  if (random.oneIn(20)) text = text.replaceAll("\n", "\r\n");
  if (random.oneIn(12)) text = `# ${"x".repeat(3000)}\n${text}`;
  return { number, files: { "ldirectord.cf": text, ...draft.files } };
}

/** How the value of a directive is read: gives it as it counts, or undefined where ldirectord refuses it. */
type Form = (value: string) => string | undefined;

const number: Form = (value) => /\d+/.exec(value)?.[0];
const count: Form = (value) => {
  const digits = number(value);
  return digits === undefined || Number(digits) === 0 ? undefined : digits;
};
const port: Form = (value) => {
  const digits = number(value);
  return digits !== undefined && Number(digits) >= 1 && Number(digits) <= 65535 ? digits : undefined;
};
const yesOrNo: Form = (value) => value === "yes" || value === "no" ? value : undefined;
const text: Form = (value) => value === "" ? undefined : value;
const anything: Form = (value) => value;
const quoted: Form = (value) => /^"(.+)"/.exec(value)?.[1];
/** Quotes are not needed, and not part of the value. */
const unquoted: Form = (value) => text(/^"(.*)"/.exec(value)?.[1] ?? value);
const host: Form = (value) => /^[0-9A-Za-z._+-]+/.exec(value)?.[0];

function oneOf(words: readonly string[]): Form {
  return (value) => {
    const first = /[\w-]+/.exec(value)?.[0];
    return first !== undefined && words.includes(first) ? first : undefined;
  };
}

/** Kinds of check; a number is a kind too. */
const CHECK_TYPES = ["connect", "negotiate", "ping", "off", "on", "external", "external-perl"] as const;

/** What a negotiate check can speak. */
export const SERVICES = [
  "dns",
  "ftp",
  "http",
  "https",
  "http_proxy",
  "imap",
  "imaps",
  "ldap",
  "ldaps",
  "mysql",
  "nntp",
  "none",
  "oracle",
  "pgsql",
  "pop",
  "pops",
  "radius",
  "simpletcp",
  "sip",
  "smtp",
  "submission",
] as const;

/** One of {@linkcode SERVICES}. */
export type LdirectordService = (typeof SERVICES)[number];

const alertStatus: Form = (value) => {
  const words = value.split(/\s*,\s*/);
  const known = words.every((each) => ["all", "none", "starting", "running", "stopping", "reloading"].includes(each));
  return known && (words.length === 1 || !words.includes("none")) ? value : undefined;
};

/** What virtual services may say. */
export const VIRTUAL_DIRECTIVES: Readonly<Record<string, Form>> = {
  real: text,
  real6: text,
  request: quoted,
  receive: quoted,
  checktype: (value) => number(value) ?? oneOf(CHECK_TYPES)(value),
  checkcommand: unquoted,
  checktimeout: count,
  negotiatetimeout: count,
  checkcount: count,
  failurecount: count,
  checkinterval: count,
  checkport: port,
  login: quoted,
  passwd: quoted,
  database: quoted,
  secret: quoted,
  load: quoted,
  scheduler: (value) => /[a-z]+/.exec(value)?.[0],
  persistent: number,
  schedflags: (value) => /\S+/.exec(value)?.[0],
  netmask: (value) => /^(?:\d+\.\d+\.\d+\.\d+|\d+)$/.test(value) ? value : undefined,
  protocol: oneOf(["tcp", "udp", "fwm"]),
  ops: yesOrNo,
  service: oneOf(SERVICES),
  httpmethod: (value) => oneOf(["GET", "HEAD"])(value.toUpperCase()),
  virtualhost: (value) => /^"?([^"]*)"?/.exec(value)?.[1]?.trim(),
  fallback: text,
  fallback6: text,
  fallbackcommand: unquoted,
  quiescent: yesOrNo,
  emailalert: unquoted,
  emailalertfreq: number,
  emailalertstatus: alertStatus,
  monitorfile: unquoted,
  cleanstop: yesOrNo,
  smtp: host,
  servicename: anything,
  comment: anything,
};

/** What goes for all virtual services, or for the program. */
export const GLOBAL_DIRECTIVES: Readonly<Record<string, Form>> = {
  checktimeout: count,
  negotiatetimeout: count,
  checkinterval: count,
  checkcount: count,
  failurecount: count,
  fallback: text,
  fallback6: text,
  // ldirectord keeps the quotes, and the shell that it calls takes them away.
  fallbackcommand: unquoted,
  autoreload: yesOrNo,
  callback: quoted,
  logfile: quoted,
  execute: text,
  fork: yesOrNo,
  supervised: (value) => value === "" ? "yes" : yesOrNo(value),
  quiescent: yesOrNo,
  readdquiescent: yesOrNo,
  emailalert: unquoted,
  emailalertfreq: number,
  emailalertstatus: alertStatus,
  emailalertfrom: text,
  cleanstop: yesOrNo,
  smtp: host,
  maintenancedir: text,
};

/** Directives whose values are not to be shown. */
export const SECRET_DIRECTIVES: ReadonlySet<string> = new Set(["passwd", "secret"]);

/**
 * Parses the value of a directive: returns its effective value, or undefined if ldirectord rejects it. The second
 * parameter is the value with the blanks at its end.
 */
export type Format = (value: string, exact?: string) => string | undefined;

const number: Format = (value) => /\d+/.exec(value)?.[0];
const count: Format = (value) => {
  const digits = number(value);
  return digits === undefined || Number(digits) === 0 ? undefined : digits;
};
const port: Format = (value) => {
  const digits = number(value);
  return digits !== undefined && Number(digits) >= 1 && Number(digits) <= 65535 ? digits : undefined;
};
const yesOrNo: Format = (value, exact = value) => exact === "yes" || exact === "no" ? exact : undefined;
const text: Format = (value) => value === "" ? undefined : value;
const anything: Format = (value) => value;
const quoted: Format = (value) => /^"(.+)"/.exec(value)?.[1];
/** Text with optional quotes, which are not part of the value. */
const unquoted: Format = (value) => text(/^"(.*)"/.exec(value)?.[1] ?? value);
const host: Format = (value) => /^[0-9A-Za-z._+-]+/.exec(value)?.[0];

function oneOf(words: readonly string[]): Format {
  return (value) => {
    const first = /[\w-]+/.exec(value)?.[0];
    return first !== undefined && words.includes(first) ? first : undefined;
  };
}

/** The kinds of checks, except numbers. */
const CHECK_TYPES = ["connect", "negotiate", "ping", "off", "on", "external", "external-perl"] as const;

/** The application protocols of negotiate checks. */
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

const alertStatus: Format = (value) => {
  const words = value.split(/\s*,\s*/);
  const known = words.every((each) => ["all", "none", "starting", "running", "stopping", "reloading"].includes(each));
  return known && (words.length === 1 || !words.includes("none")) ? value : undefined;
};

/** The directives of virtual services. */
export const VIRTUAL_DIRECTIVES: Readonly<Record<string, Format>> = {
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

/** The global directives: for all virtual services, or for the program. */
export const GLOBAL_DIRECTIVES: Readonly<Record<string, Format>> = {
  checktimeout: count,
  negotiatetimeout: count,
  checkinterval: count,
  checkcount: count,
  failurecount: count,
  fallback: text,
  fallback6: text,
  // ldirectord keeps the quotes, and its shell removes them.
  fallbackcommand: unquoted,
  autoreload: yesOrNo,
  callback: quoted,
  logfile: quoted,
  execute: text,
  fork: yesOrNo,
  supervised: (value, exact) => value === "" ? "yes" : yesOrNo(value, exact),
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

/** Directives with secret values. */
export const SECRET_DIRECTIVES: ReadonlySet<string> = new Set(["passwd", "secret"]);

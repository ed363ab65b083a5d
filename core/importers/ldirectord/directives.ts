/** How a value is written. */
export interface WrittenValue {
  /** The value with the blanks at its end. */
  readonly exact: string;
  /** Whether the family of its virtual service is IPv6. */
  readonly isIpv6?: boolean | undefined;
}

/** Parses the value of a directive: returns its effective value, or undefined if ldirectord rejects it. */
export type Format = (value: string, written: WrittenValue) => string | undefined;

const number: Format = (value) => /\d+/.exec(value)?.[0];
const count: Format = (value, written) => {
  const digits = number(value, written);
  return digits === undefined || Number(digits) === 0 ? undefined : digits;
};
const port: Format = (value, written) => {
  const digits = number(value, written);
  return digits !== undefined && Number(digits) >= 1 && Number(digits) <= 65535 ? digits : undefined;
};
const leadingNumber: Format = (value) => /^\d+/.exec(value)?.[0];
const yesOrNo: Format = (_value, { exact }) => exact === "yes" || exact === "no" ? exact : undefined;
const text: Format = (value) => value === "" ? undefined : value;
const anything: Format = (value) => value;
const quoted: Format = (value) => /^"(.+)"/.exec(value)?.[1];
/** Text with optional quotes, which are not part of the value. */
const unquoted: Format = (value) => (/^"(.*)"/.exec(value)?.[1] ?? value) || undefined;
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

const alertStatus: Format = (value, { exact }) => {
  // Blanks at the end belong to the last word.
  const words = exact === "" ? [] : exact.split(/\s*,\s*/);
  const known = words.every((each) => ["all", "none", "starting", "running", "stopping", "reloading"].includes(each));
  return known && (!words.includes("none") || words.every((each) => each === "none")) ? value : undefined;
};

const netmask: Format = (_value, { exact, isIpv6 }) => {
  if (!isIpv6) return /^\d+\.\d+\.\d+\.\d+$/.test(exact) ? exact : undefined;
  return /^\d+$/.test(exact) && Number(exact) >= 1 && Number(exact) <= 128 ? exact : undefined;
};

/** The directives of virtual services. */
export const VIRTUAL_DIRECTIVES: Readonly<Record<string, Format>> = {
  real: text,
  real6: text,
  request: quoted,
  receive: quoted,
  checktype: (value, written) => number(value, written) ?? oneOf(CHECK_TYPES)(value, written),
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
  load: (value) => /^"(.*\w.*)"/.exec(value)?.[1],
  scheduler: (value) => /[a-z]+/.exec(value)?.[0],
  persistent: number,
  schedflags: (value) => /\S+/.exec(value)?.[0],
  netmask,
  protocol: oneOf(["tcp", "udp", "fwm"]),
  ops: yesOrNo,
  service: oneOf(SERVICES),
  httpmethod: (value, written) => oneOf(["GET", "HEAD"])(value.toUpperCase(), written),
  virtualhost: (value) => /^"?([^"]*)"?/.exec(value)?.[1]?.trim(),
  fallback: text,
  fallback6: text,
  fallbackcommand: unquoted,
  quiescent: yesOrNo,
  emailalert: unquoted,
  emailalertfreq: leadingNumber,
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
  supervised: yesOrNo,
  quiescent: yesOrNo,
  readdquiescent: yesOrNo,
  emailalert: unquoted,
  emailalertfreq: leadingNumber,
  emailalertstatus: alertStatus,
  emailalertfrom: text,
  cleanstop: yesOrNo,
  smtp: host,
  maintenancedir: text,
};

/** Directives with secret values. */
export const SECRET_DIRECTIVES: ReadonlySet<string> = new Set(["passwd", "secret"]);

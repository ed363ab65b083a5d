import { EXIT, LvsctlError } from "../../errors/mod.ts";
import { MAIL_START_TLS, NOTIFICATION_EVENTS, SYSLOG_FACILITIES, VRRP_EVENTS } from "../../model/mod.ts";
import { DAY_MS, TLS, TLS_FIELD } from "./check_fields.ts";
import { HEADER } from "./check_values.ts";
import { PORT } from "./limits.ts";
import { mapping, optional, required, withDefault } from "./mapping.ts";
import { list, oneOrMany } from "./structures.ts";
import { quote } from "../source/tree.ts";
import { choice, duration, parsed, text } from "./types.ts";
import { variants } from "./variants.ts";

// The notifications' part of the schema of files: see file_schema.ts.

/** Whether a text is valid as the user or the password of a URL: its escapes must be UTF-8. */
function isEscaped(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    return false;
  }
}

/** The URL of a webhook. It is a secret, because it is all that a sender needs: messages do not show it. */
const WEBHOOK_URL = parsed("a URL such as https://chat.example.com/hook", (written) => {
  const url = /^https?:\/\//.test(written) && URL.canParse(written) ? new URL(written) : undefined;
  if (url === undefined || url.port === "0") {
    throw new LvsctlError("the text is not the URL of a web server", {
      hint: "write https://HOST/PATH",
      exitCode: EXIT.usage,
    });
  }
  if (!isEscaped(url.username) || !isEscaped(url.password)) {
    throw new LvsctlError("the user or the password in the URL is not UTF-8", {
      hint: "write a percent sign as %25",
      exitCode: EXIT.usage,
    });
  }
  return written;
}, { pattern: /^https?:\/\//, isDiscreet: true });

/** A mail address, without a display name. */
const MAIL_ADDRESS = text(
  "a mail address such as admin@example.com",
  /^[^\s@<>,;:"()[\]\\]{1,64}@[^\s@<>,;:"()\\]{1,255}$/,
);

/** A mail server: its name or address, and its port. */
export interface MailServer {
  /** Host name or address. */
  readonly host: string;
  /** Port. */
  readonly port: number;
}

const SMTP_PORT = 25;

const MAIL_SERVER = parsed("a mail server such as mail.example.com:25", (written): MailServer => {
  const [, ipv6, name, digits] = /^(?:\[([\da-fA-F:.]+)\]|([\w.-]{1,253}))(?::(\d{1,5}))?$/.exec(written) ?? [];
  const host = ipv6 ?? name;
  const port = digits === undefined ? SMTP_PORT : Number(digits);
  if (host !== undefined && port >= PORT.min && port <= PORT.max) return { host, port };
  throw new LvsctlError(`${quote(written)} is not a mail server`, {
    hint: "write HOST, HOST:PORT or [IPV6]:PORT",
    exitCode: EXIT.usage,
  });
});

const COMMON_FIELDS = {
  on: optional(oneOrMany(choice(NOTIFICATION_EVENTS)), { doc: "Events to notify of; default: all events" }),
  repeat: optional(duration("milliseconds", { min: 1000, max: 366 * DAY_MS }), {
    doc: "Time between repeated notifications while a problem lasts; default: notify once",
  }),
  timeout: withDefault(duration("milliseconds", { min: 100, max: DAY_MS }), {
    value: 10_000,
    written: "10s",
    doc: "Time limit of one delivery",
  }),
};

const VRRP_COMMON_FIELDS = {
  on: optional(oneOrMany(choice(VRRP_EVENTS)), { doc: "States to notify of; default: all of them" }),
  timeout: COMMON_FIELDS.timeout,
};

const TYPE = { doc: "Delivery method" };

const COMMAND = oneOrMany(text("a program or an argument", (word) => !word.includes("\0")));

/** The keys of each delivery method. */
const WEBHOOK_FIELDS = {
  type: required(choice(["webhook"]), TYPE),
  url: required(WEBHOOK_URL, { doc: "URL that receives the notification as a JSON document by POST" }),
  headers: optional(oneOrMany(HEADER), { doc: "Additional headers; default: none" }),
  tls: TLS_FIELD,
};

const MAIL_FIELDS = {
  type: required(choice(["mail"]), TYPE),
  to: required(oneOrMany(MAIL_ADDRESS), { doc: "Mail addresses of the recipients" }),
  from: withDefault(MAIL_ADDRESS, { value: "lvsctl@localhost", doc: "Mail address of the sender" }),
  server: optional(MAIL_SERVER, { doc: "Mail server and its port; default: localhost:25" }),
  "start_tls": withDefault(choice(MAIL_START_TLS), {
    value: "opportunistic",
    doc:
      "Use of STARTTLS: required (without TLS the mail is not sent), opportunistic (TLS if the server offers it, without " +
      "verification, plain text if it fails) or off",
  }),
  tls: optional(TLS, {
    doc: "TLS settings; needs start_tls: required; default: verify the certificate against the system's authorities",
  }),
};

const SYSLOG_FIELDS = {
  type: required(choice(["syslog"]), TYPE),
  facility: withDefault(choice(SYSLOG_FACILITIES), { value: "daemon", doc: "Syslog facility" }),
};

/** A receiver of notifications about changes of services and servers. */
export const NOTIFICATION = variants({
  exec: mapping("a notification of type exec", {
    type: required(choice(["exec"]), TYPE),
    command: required(COMMAND, {
      doc:
        "Absolute path of a program, and its arguments, in which {event}, {service}, {server}, {reason} and so on are replaced",
    }),
    ...COMMON_FIELDS,
  }),
  webhook: mapping("a notification of type webhook", { ...WEBHOOK_FIELDS, ...COMMON_FIELDS }),
  mail: mapping("a notification of type mail", { ...MAIL_FIELDS, ...COMMON_FIELDS }),
  syslog: mapping("a notification of type syslog", { ...SYSLOG_FIELDS, ...COMMON_FIELDS }),
});

/** A receiver of notifications about changes of virtual routers. */
export const VRRP_NOTIFICATION = variants({
  exec: mapping("a notification of type exec", {
    type: required(choice(["exec"]), TYPE),
    command: required(COMMAND, {
      doc: "Absolute path of a program, and its arguments, in which {state}, {name}, {priority} and so on are replaced",
    }),
    ...VRRP_COMMON_FIELDS,
  }),
  webhook: mapping("a notification of type webhook", { ...WEBHOOK_FIELDS, ...VRRP_COMMON_FIELDS }),
  mail: mapping("a notification of type mail", { ...MAIL_FIELDS, ...VRRP_COMMON_FIELDS }),
  syslog: mapping("a notification of type syslog", { ...SYSLOG_FIELDS, ...VRRP_COMMON_FIELDS }),
});

/** The list of receivers. */
export const NOTIFICATIONS = list(NOTIFICATION);

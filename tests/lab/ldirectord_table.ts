/**
 * The table that ldirectord makes of a file, once it has checked every server.
 *
 * @module
 */
import { loadLdirectord } from "../../core/importers/mod.ts";
import { BackgroundProcess } from "./background_process.ts";
import {
  CHECK_STATE,
  compareFiles,
  type Explanation,
  type Named,
  type OriginalTable,
  prepareGuest,
  type Rejection,
  type Rule,
  rules,
} from "./imported_files.ts";
import { HOST_NAMES, ldirectordFile } from "./ldirectord_files.ts";
import { ip, mustRun, Namespaces, run } from "./namespace.ts";

/** How long ldirectord may take for a file. */
const PATIENCE_SECONDS = 60;

/** ldirectord, started for one file after the other. */
class Ldirectord implements AsyncDisposable {
  readonly #process = BackgroundProcess.start(["perl", `${import.meta.dirname ?? "."}/ldirectord_tables.pl`], {
    takesInput: true,
  });
  #answers = 0;

  /** The table that it makes of a file. */
  async tableOf(path: string): Promise<OriginalTable> {
    await mustRun(["ipvsadm", "-C"]);
    await this.#process.write(`${path}\n`);
    const ended = this.#answers + 1;
    await this.#process.untilOutput(new RegExp(`^(?:[^\\n]*\\n){${ended}}`), { timeLimitSeconds: PATIENCE_SECONDS });
    const answer = this.#process.stdout.split("\n")[this.#answers++] ?? "";
    const [, line, message] = /^rejected (\d+) ([^]*)$/.exec(answer) ?? [];
    if (message !== undefined) return { rules: [], rejection: { line: Number(line), message } };
    return answer === "ready" ? { rules: await rules() } : { rules: [], rejection: { message: answer } };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#process.stop();
  }
}

/** The ports at which real servers serve; they refuse at all others. */
const OPEN_PORTS = ["80", "443", "5000"];

/** Real servers at every address. */
async function serveEveryAddress(): Promise<Namespaces> {
  const namespaces = await Namespaces.create(["real"], ["link add dev servers type veth peer name eth0 netns real"]);
  await ip([
    "address add 10.254.0.1/24 dev servers",
    "address add 2001:db8:ffff::1/64 dev servers nodad",
    "link set dev servers up",
    "route add 10.0.0.0/8 via 10.254.0.2",
  ]);
  await ip([
    "address add 10.254.0.2/24 dev eth0",
    "address add 2001:db8:ffff::2/64 dev eth0 nodad",
    "link set dev eth0 up",
    "route add local 10.0.0.0/8 dev lo",
    "route add local 2001:db8::/33 dev lo",
  ], "real");
  await ip(["route add 2001:db8::/33 via 2001:db8:ffff::2"]);
  await Deno.mkdir("/tmp/www", { recursive: true });
  for (const name of ["index.html", "own"]) await Deno.writeTextFile(`/tmp/www/${name}`, "it works\n");
  for (const port of OPEN_PORTS) namespaces.start("real", ["busybox", "httpd", "-f", "-p", port, "-h", "/tmp/www"]);
  const hosts = Object.entries(HOST_NAMES).map(([name, address]) => `${address} ${name}\n`).join("");
  await Deno.writeTextFile("/tmp/hosts", `127.0.0.1 localhost\n${hosts}`);
  await mustRun(["mount", "--bind", "/tmp/hosts", "/etc/hosts"]);
  return namespaces;
}

/** The programs by which ldirectord sends its alerts. */
const MAILERS = ["/usr/sbin/sendmail", "/usr/bin/mail", "/usr/bin/mailx"];

/** Drops all mail: a guest cannot write the queue, and postfix tries that without end. */
async function dropMail(): Promise<void> {
  await Deno.writeTextFile("/tmp/mailer", "#!/bin/sh\nexec cat >/dev/null\n", { mode: 0o755 });
  const { stdout } = await run(["ls", ...MAILERS]);
  for (const path of stdout.split("\n")) if (path !== "") await mustRun(["mount", "--bind", "/tmp/mailer", path]);
}

/** How many files of ldirectord a guest compares. */
const PART = Number(Deno.env.get("LVSCTL_TEST_FILES") ?? "100");

/** Number of the first file. */
const FIRST = Number(Deno.env.get("LVSCTL_TEST_FIRST_FILE") ?? "0");

/** Compares a part of the small files of ldirectord, counted from 0. */
export async function comparePart(part: number): Promise<void> {
  const { importLdirectord } = await loadLdirectord();
  await prepareGuest();
  await using _servers = await serveEveryAddress();
  await dropMail();
  await using ldirectord = new Ldirectord();
  await compareFiles(Array.from({ length: PART }, (_, index) => ldirectordFile(FIRST + part * PART + index)), {
    program: "ldirectord",
    original: (path) => ldirectord.tableOf(path),
    importer: importLdirectord,
    apply: ["check", "--apply", "--state", CHECK_STATE],
    rejects: /ldirectord rejects the whole file/,
    isRightLine,
    explanations: EXPLANATIONS,
  });
}

/** ldirectord finds a second service of an address when it has read all of it. */
function isRightLine(named: Named, { line, message }: Rejection): boolean {
  if (/duplicate virtual server/.test(message)) return /duplicate/.test(named.reason);
  return named.line === line;
}

function isOfService(rule: Rule, { services }: Named): boolean {
  return services.includes(rule.service);
}

/** Whether a rule is about a server of a service. */
function isServerOf(rule: Rule, named: Named): boolean {
  return rule.text.startsWith("-a ") && isOfService(rule, named);
}

/** The address and the names of a rule's server. */
function namesOf(rule: Rule): readonly string[] {
  const [, server = ""] = / -r (\S+):\d+/.exec(rule.text) ?? [];
  const address = server.replace(/^\[(.*)\]$/, "$1");
  const names = Object.entries(HOST_NAMES).filter(([, each]) => each === address).map(([name]) => name);
  return [address, ...names];
}

/** Whether a rule is about the server whose address is in the reason. */
function isNamedServer(rule: Rule, named: Named): boolean {
  const words = named.reason.split(/[ ,]/).map((word) => word.replace(/^\[(.*)\](?::\d+:?)?$|^([^:]*):\d+:?$/, "$1$2"));
  return isServerOf(rule, named) && namesOf(rule).some((name) => words.includes(name));
}

/** Differences that are meant. */
export const EXPLANATIONS: readonly Explanation[] = [
  {
    reason: /^the scheduler \w+ has no flag|^ipvsadm takes 1 to \d+, so ldirectord adds no such service/,
    why: "ipvsadm refuses a service for a setting without which lvsctl makes it",
    explains: (rule, named) => isOfService(rule, named) && !rule.isOriginal,
  },
  {
    reason: /^duplicate server /,
    why: "two servers of gate or ipip with different ports are one server, whose check ldirectord makes at both ports",
    explains: isNamedServer,
  },
  {
    reason: / is in line \d+ with another check: for ldirectord/,
    why: "a server of lvsctl has one check",
    explains: isNamedServer,
  },
  {
    reason: /^ldirectord takes \S+ at port \d+ for its server at port \d+ when it is down/,
    why: "ldirectord looks for a server that is down at the port of the service, too",
    explains: isNamedServer,
  },
  {
    reason: /^lvsctl uses the fallback while all healthy servers have the weight 0/,
    why: "a server of the weight 0 serves no new client",
    // The directive may be that of all services.
    explains: (rule, { directive }) =>
      rule.text.startsWith("-a ") && !rule.isOriginal &&
      namesOf(rule).some((name) => directive.toLowerCase().includes(name)),
  },
  {
    reason: /^ldirectord cannot ping IPv6 servers/,
    why: "the library of ldirectord pings IPv4 addresses alone",
    explains: isServerOf,
  },
  {
    reason: /^ldirectord does not find port \d+ of .* in the table again/,
    why: "ldirectord compares ports as texts, and so never deletes a server that is down",
    explains: isNamedServer,
  },
  {
    reason: /^with quiescent, ldirectord does not find .* at port \d+ again/,
    why: "ldirectord looks for the port of the file, and servers of gate and ipip have the port of the service",
    explains: (rule, named) => isNamedServer(rule, named) || isServerOf(rule, named) && !rule.isOriginal,
  },
  {
    reason: /^with quiescent, ldirectord adds the servers with the weight 0/,
    why: "servers without a check and without a weight serve no client",
    explains: (rule, named) => isServerOf(rule, named) && rule.isOriginal && rule.text.includes(" -w 0"),
  },
  {
    reason: /^there is no port to check/,
    why: "a check without a port fails always, and lvsctl has no such check",
    explains: (rule, named) => isServerOf(rule, named) && !rule.isOriginal,
  },
  {
    reason: /^without receive ldirectord compares the answer with another expression/,
    why: "an empty expression of Perl is the last one that matched",
    explains: isServerOf,
  },
  {
    reason: /is not allowed with method: HEAD/,
    why: "the answer to HEAD has no text, so ldirectord reports the servers as down",
    explains: isServerOf,
  },
  {
    reason: /^it is one of the servers, which ldirectord deletes/,
    why: "lvsctl refuses a fallback that is a server",
    explains: isServerOf,
  },
  {
    reason: /ldirectord reads it as the firewall mark \d+/,
    why: "ldirectord reads the digits at the start of an address without a port",
    explains: ({ text, isOriginal }) => isOriginal && / -f \d+/.test(text),
  },
];

/**
 * The table that keepalived makes of a file.
 *
 * @module
 */
import { BackgroundProcess } from "./background_process.ts";
import { loadKeepalived } from "../../core/importers/mod.ts";
import {
  compareFiles,
  type Explanation,
  type Named,
  type OriginalTable,
  prepareGuest,
  type Rule,
  rules,
} from "./imported_files.ts";
import { keepalivedFile } from "./keepalived_files.ts";
import { mustRun } from "./namespace.ts";

/** A service before all others: keepalived reports its check after it has made the whole table. */
const SENTINEL = `virtual_server fwmark 99999999 {
  lvs_sched rr
  lvs_method NAT
  protocol TCP
  warmup 60
  real_server 127.0.0.1 9 {
    TCP_CHECK {
    }
  }
}
`;

const SENTINEL_MARK = "99999999";

/** The table that keepalived makes of a file. */
export async function keepalivedTable(path: string): Promise<OriginalTable> {
  await mustRun(["ipvsadm", "-C"]);
  const bytes = await Deno.readFile(path);
  const start = new TextEncoder().encode(SENTINEL);
  const all = new Uint8Array(start.length + bytes.length);
  all.set(start);
  all.set(bytes, start.length);
  await Deno.writeFile(path, all);
  const pidFiles = ["parent", "checkers"].map((name) => `/tmp/keepalived.${name}`);
  const [parent = "", checkers = ""] = pidFiles;
  for (const file of pidFiles) await Deno.remove(file).catch(() => {});
  await using daemon = BackgroundProcess.start(
    // Its processes end with the first one of their namespace, and leave the table alone.
    [
      "unshare",
      "--pid",
      "--fork",
      "--kill-child",
      "keepalived",
      "-n",
      "-l",
      "-C",
      "-R",
      "-i",
      "director",
      "-f",
      path,
      "-p",
      parent,
      "-c",
      checkers,
    ],
  );
  try {
    await daemon.untilOutput(/Activating healthchecker for service/);
    return { rules: (await rules()).filter((rule) => !rule.includes(SENTINEL_MARK)) };
  } catch (error) {
    return { rules: [], rejection: { message: error instanceof Error ? error.message : String(error) } };
  } finally {
    await Deno.writeFile(path, bytes);
  }
}

/** How many files of keepalived a guest compares; a start of keepalived takes most of the time. */
const PART = Number(Deno.env.get("LVSCTL_TEST_FILES") ?? "140");

/** Number of the first file. */
const FIRST = Number(Deno.env.get("LVSCTL_TEST_FIRST_FILE") ?? "0");

/** Compares a part of the small files of keepalived, counted from 0. */
export async function comparePart(part: number): Promise<void> {
  const { importKeepalived } = await loadKeepalived();
  await prepareGuest();
  await compareFiles(Array.from({ length: PART }, (_, index) => keepalivedFile(FIRST + part * PART + index)), {
    program: "keepalived",
    original: keepalivedTable,
    importer: importKeepalived,
    apply: ["apply", "--yes"],
    rejects: /without it keepalived does not start|keepalived does not start without it/,
    explanations: EXPLANATIONS,
  });
}

function isOfService(rule: Rule, { services }: Named): boolean {
  return services.includes(rule.service);
}

/** Differences that are meant. */
export const EXPLANATIONS: readonly Explanation[] = [
  {
    reason: /it is not a firewall mark/,
    why: "keepalived makes a service of the memory behind a firewall mark that is no number",
    // Anything can be there.
    explains: ({ text, isOriginal }) =>
      isOriginal && /^-[Aa] (?:-f |(?:-[tu]|--sctp-service) 255\.255\.255\.255:)/.test(text),
  },
  {
    reason: /keepalived reads it as the mask/,
    why:
      "a prefix length is meant, and keepalived takes it for the last byte of a mask; its groups then have no service",
    explains: (rule, named) => isOfService(rule, named) && (!rule.isOriginal || / -M /.test(rule.text)),
  },
  {
    reason: /all servers have the weight 0/,
    why: "the sorry server of keepalived replaces servers of the weight 0, and lvsctl apply does not judge servers",
    explains: (rule, named) => isOfService(rule, named) && rule.text.startsWith("-a "),
  },
  {
    reason: /a quorum of .* is never met with a hysteresis/,
    why:
      "keepalived starts without the quorum, which needs the hysteresis too; lvsctl apply keeps servers without checks",
    explains: (rule, named) => isOfService(rule, named) && rule.text.startsWith("-a "),
  },
  {
    reason: /^duplicate service /,
    why: "keepalived adds the servers of a second virtual server to a service of a group; the importer takes the first",
    explains: ({ text, service, isOriginal }, { reason }) =>
      isOriginal && text.startsWith("-a ") && new RegExp(`[/:]${RegExp.escape(service)}: `).test(reason),
  },
];

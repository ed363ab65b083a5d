import { EXIT, LvsctlError } from "../../../core/errors/mod.ts";
import {
  defined,
  formatPrefix,
  formatVip,
  type PresentVip,
  sameVip,
  type Vip,
  VIP_SCOPES,
  type VipChange,
  vipObjections,
} from "../../../core/model/mod.ts";
import type { AnnouncementOptions, VipClient } from "../../../core/rtnetlink/mod.ts";
import {
  deviceArgument,
  durationArgument,
  numberArgument,
  prefixArgument,
  refuseObjections,
  wordArgument,
} from "../../options/arguments.ts";
import { executeAndRecord } from "../../table/execute_and_record.ts";
import { Command, type CommandUnknownOpts } from "../../options/commander.ts";
import { QUIET } from "../../options/common_options.ts";
import { examples } from "../../options/examples.ts";
import { type AbsenceOptions, acceptsAbsence } from "../../options/existence.ts";
import type { Context } from "../../context/context.ts";
import { warnOfDaemonVips } from "../../daemon/managed_services.ts";
import { printedVipChange } from "../../format/vips.ts";
import { type ChangeOptions, printChanges } from "../../format/printed_change.ts";

const ADDRESS_HELP = "the VIP, as ADDRESS or ADDRESS/PREFIX (default prefix: the address alone)";

const PRESENT_HELP = "the VIP, as ADDRESS or ADDRESS/PREFIX";

/** An address on the command line; with a prefix length, only an address with the same prefix length matches. */
interface NamedAddress {
  readonly address: Vip["address"];
  readonly prefixLength?: number;
}

/** Reads an address with an optional prefix length. */
function addressArgument(text: string): NamedAddress {
  const { address, prefixLength } = prefixArgument(text);
  return text.includes("/") ? { address, prefixLength } : { address };
}

/** The present addresses that match. */
function matchingVips(
  present: readonly PresentVip[],
  named: NamedAddress,
  options: { readonly device?: string | undefined },
): readonly PresentVip[] {
  const { address, prefixLength } = named;
  return present.filter((vip) =>
    vip.address === address && (prefixLength === undefined || vip.prefixLength === prefixLength) &&
    (options.device === undefined || vip.device === options.device)
  );
}

/** The reason why no present address matches. */
function noSuchVip(
  present: readonly PresentVip[],
  named: NamedAddress,
  options: { readonly device?: string | undefined },
): string {
  const others = matchingVips(present, { address: named.address }, options);
  const place = options.device === undefined ? "no interface has it" : `${options.device} does not have it`;
  return others.length === 0 ? place : `${place}, but there is ${others.map(formatVip).join(" and ")}`;
}

const countArgument = numberArgument({ from: 0, to: 1000 });
const intervalArgument = durationArgument({ atLeast: "1ms" });

/** `lvsctl vip add`. */
export function addVipCommand(context: Context): CommandUnknownOpts {
  return new Command("add")
    .summary("add a VIP to an interface and announce it")
    .description(
      "Adds a VIP to an interface and announces it to the neighbours. Refused if this machine already has the address, " +
        "or if another host on the link answers for it.",
    )
    .addHelpText(
      "after",
      examples(
        "lvsctl vip add 192.0.2.10/24 --device eth0",
        "lvsctl vip add 2001:db8::10/64 --device eth0 --ensure",
      ),
    )
    .argument("<address>", ADDRESS_HELP, prefixArgument)
    .requiredOption("-d, --device <name>", "the interface", deviceArgument)
    .option("--label <text>", "IPv4: the address label for old programs, as eth0:web")
    .option("--scope <word>", `IPv4: ${VIP_SCOPES.join(", ")} (default: global)`, wordArgument(VIP_SCOPES))
    .option("--nodad", "IPv6: no duplicate detection by the kernel: lvsctl does it (default)")
    .option("--dad", "IPv6: duplicate detection by the kernel; it delays the address")
    .option("--no-prefix-route", "do not add a route to the prefix's network")
    .option("--ensure", "succeed if the VIP exists, and update one that lvsctl added")
    .option("--force", "add the VIP even if another interface or host has it")
    .option("--announce-count <number>", "number of announcements, 0 for none (default: 3)", countArgument)
    .option("--announce-interval <duration>", "time between announcements (default: 200ms)", intervalArgument)
    .option("--dry-run", "print the changes without making them or asking other hosts")
    .option("--json", "print JSON")
    .action(async (prefix, options) => {
      const { device, label, scope = "global", dad, nodad, prefixRoute } = options;
      if (dad && nodad) throw new LvsctlError("--dad and --nodad exclude each other", { exitCode: EXIT.usage });
      const vip: Vip = { ...defined({ ...prefix, device, label }), scope, dad: dad ?? false, prefixRoute };
      refuseObjections(vipObjections(vip), { operation: "add VIP", object: formatVip(vip) });
      if (context.batch !== undefined) {
        return context.batch.takeVips((present) => additionOf(vip, present, options), options);
      }
      using client = await context.openVips();
      const changes = additionOf(vip, client.vips(), options);
      if (!options.force && !options.dryRun) {
        client.assertFree(changes.filter(({ operation }) => operation === "addVip").map((change) => change.vip));
      }
      executeVips(context, { client, changes, options });
      if (!options.dryRun && changes.length > 0) await client.announce([vip], announcementOf(options));
    });
}

/** The changes that add a VIP to the present addresses. */
function additionOf(
  vip: Vip,
  present: readonly PresentVip[],
  options: { readonly ensure?: true | undefined; readonly force?: true | undefined },
): readonly VipChange[] {
  const same = present.filter(({ address }) => address === vip.address);
  const here = same.find(({ device }) => device === vip.device);
  const about = { operation: "add VIP", object: formatVip(vip), errno: "EEXIST" } as const;
  if (here !== undefined) {
    if (options.ensure && sameVip(here, vip)) return [];
    if (options.ensure && here.owned) return [{ operation: "editVip", from: here, vip }];
    const owner = here.owned ? "lvsctl" : "another program";
    throw new LvsctlError(`the interface already has ${formatVip(here)}, added by ${owner}`, {
      ...about,
      hint: here.owned
        ? "add --ensure to accept it"
        : options.ensure
        ? "delete it first, or give its own settings"
        : "add --ensure to accept it if it is the same",
    });
  }
  const [elsewhere] = same;
  if (elsewhere !== undefined && !options.force) {
    throw new LvsctlError(`it is already on ${elsewhere.device}`, {
      ...about,
      hint: "delete it there first, or add --force to use both interfaces",
    });
  }
  return [{ operation: "addVip", vip }];
}

/** `lvsctl vip delete`. */
export function deleteVipCommand(context: Context): CommandUnknownOpts {
  return new Command("delete")
    .summary("delete a VIP from its interface")
    .description(
      "Deletes a VIP from its interface. Refused if lvsctl did not add it. The other addresses of its subnet stay; the " +
        "kernel alone would delete them too.",
    )
    .addHelpText(
      "after",
      examples("lvsctl vip delete 192.0.2.10", "lvsctl vip delete 192.0.2.10/24 --device eth0 --ensure"),
    )
    .argument("<address>", PRESENT_HELP, addressArgument)
    .option("-d, --device <name>", "the interface, if several have the VIP", deviceArgument)
    .option("--ensure", "succeed if the VIP does not exist")
    .option("--if-exists", "do nothing if the VIP does not exist")
    .option("--force", "delete the VIP even if another program added it")
    .option("--dry-run", "print the changes without making them")
    .option("--json", "print JSON")
    .action(async (named, options) => {
      if (context.batch !== undefined) {
        return context.batch.takeVips((present) => deletionOf(named, present, options), options);
      }
      using client = await context.openVips();
      const changes = deletionOf(named, client.vips(), options);
      await warnOfDaemonVips(context, changes);
      executeVips(context, { client, changes, options });
    });
}

function deletionOf(
  named: NamedAddress,
  present: readonly PresentVip[],
  options: AbsenceOptions & {
    readonly force?: true | undefined;
    readonly device?: string | undefined;
  },
): readonly VipChange[] {
  const found = matchingVips(present, named, options);
  const [vip, another] = found;
  const about = { operation: "delete VIP", object: formatNamed(named) };
  if (vip === undefined) {
    if (acceptsAbsence(options)) return [];
    throw new LvsctlError(noSuchVip(present, named, options), {
      ...about,
      errno: "EADDRNOTAVAIL",
      hint: 'see "lvsctl vip list", or add --ensure to accept it',
    });
  }
  if (another !== undefined) {
    const isTwice = another.device === vip.device;
    throw new LvsctlError(
      isTwice ? `${vip.device} has it twice` : `${found.map(({ device }) => device).join(" and ")} have it`,
      {
        ...about,
        hint: isTwice ? `name one as ${found.map(formatPrefix).join(" or ")}` : "name one with --device",
        exitCode: EXIT.usage,
      },
    );
  }
  if (!vip.owned && !options.force) {
    throw new LvsctlError("lvsctl did not add it", {
      ...about,
      object: formatVip(vip),
      errno: "EPERM",
      hint: "another program may need it; add --force to delete it anyway",
    });
  }
  return [{ operation: "deleteVip", vip }];
}

function formatNamed({ address, prefixLength }: NamedAddress): string {
  return prefixLength === undefined ? address : formatPrefix({ address, prefixLength });
}

/** `lvsctl vip announce`. */
export function announceVipCommand({ openVips }: Context): CommandUnknownOpts {
  return new Command("announce")
    .summary("announce a VIP to the neighbours")
    .description(
      "Announces a VIP to the neighbours: by gratuitous ARP, or by unsolicited neighbour advertisement. Another program " +
        "may have added it.",
    )
    .addHelpText(
      "after",
      examples("lvsctl vip announce 192.0.2.10", "lvsctl vip announce 192.0.2.10 --device eth0 --announce-count 5"),
    )
    .argument("<address>", PRESENT_HELP, addressArgument)
    .option("-d, --device <name>", "the interface, if several have the VIP", deviceArgument)
    .option("--announce-count <number>", "number of announcements (default: 3)", numberArgument({ from: 1, to: 1000 }))
    .option("--announce-interval <duration>", "time between announcements (default: 200ms)", intervalArgument)
    .option(...QUIET)
    .action(async (named, options) => {
      using client = await openVips();
      const present = client.vips();
      const found = matchingVips(present, named, options);
      const about = { operation: "announce VIP", object: formatNamed(named) };
      if (found.length === 0) {
        throw new LvsctlError(noSuchVip(present, named, options), {
          ...about,
          errno: "EADDRNOTAVAIL",
          hint: 'add it with "lvsctl vip add"',
        });
      }
      const announced = await client.announce(found, announcementOf(options));
      if (announced.length > 0) return;
      const devices = found.map(({ device }) => device).join(", ");
      throw new LvsctlError(`${devices} has no neighbour to tell`, {
        ...about,
        hint: "set the interface up; lo never has neighbours",
      });
    });
}

function announcementOf(
  options: { readonly announceCount?: number | undefined; readonly announceInterval?: number | undefined },
): Partial<AnnouncementOptions> {
  const { announceCount: count, announceInterval: intervalMs } = options;
  return defined({ count, intervalMs });
}

function execute(context: Context, client: VipClient, changes: readonly VipChange[]): void {
  const errors = executeAndRecord(context, { vips: changes }, { execute: () => client.execute(changes) });
  for (const error of errors.values()) throw error;
}

/** Executes the changes of one command, and prints them as its options want. */
function executeVips(
  context: Context,
  request: { readonly client: VipClient; readonly changes: readonly VipChange[]; readonly options: ChangeOptions },
): void {
  const { client, changes, options } = request;
  if (!options.dryRun && changes.length > 0) execute(context, client, changes);
  printChanges(context, { options, changes: () => changes.map(printedVipChange) });
}

import { EXIT, LvsctlError } from "../../../core/errors/mod.ts";
import {
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
import type { Context } from "../../context/context.ts";
import { printedVipChange } from "../../format/vips.ts";
import { type ChangeOptions, printChanges } from "../../format/printed_change.ts";

const ADDRESS_HELP = "the VIP, as ADDRESS or ADDRESS/PREFIX; without a prefix length, the address alone";

const PRESENT_HELP = "the VIP, as ADDRESS, or as ADDRESS/PREFIX for the one with that prefix length";

/** An address, and its prefix length if that is named: then only the one with that is meant. */
interface NamedAddress {
  readonly address: Vip["address"];
  readonly prefixLength?: number;
}

/** Reads an address with or without a prefix length. */
function addressArgument(text: string): NamedAddress {
  const { address, prefixLength } = prefixArgument(text);
  return text.includes("/") ? { address, prefixLength } : { address };
}

/** The addresses that are meant. */
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

/** Why none is meant. */
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
    .description(
      "Adds a VIP to an interface and announces it to the neighbours. Refused if the machine has the address already, " +
        "or if another host on the link answers for it.",
    )
    .argument("<address>", ADDRESS_HELP, prefixArgument)
    .requiredOption("-d, --device <name>", "the interface", deviceArgument)
    .option("--label <text>", "IPv4: name of the address for old programs, as eth0:web")
    .option("--scope <word>", `IPv4: ${VIP_SCOPES.join(", ")} (default: global)`, wordArgument(VIP_SCOPES))
    .option("--nodad", "IPv6: the kernel does not look for duplicates, for lvsctl has (the default)")
    .option("--dad", "IPv6: it does, and the address cannot be used meanwhile")
    .option("--no-prefix-route", "add no route to the network of the prefix")
    .option("--ensure", "succeed where it is there already; one that lvsctl added is made the same")
    .option("--force", "add it though it is on another interface or another host answers for it")
    .option("--announce-count <number>", "how often it is announced, 0 for not at all (default: 3)", countArgument)
    .option("--announce-interval <duration>", "from one time to the next (default: 200ms)", intervalArgument)
    .option("--dry-run", "say what would be done; other hosts are not asked")
    .option("--json", "print JSON")
    .action(async (prefix, options) => {
      const { device, label, scope = "global", dad, nodad, prefixRoute } = options;
      if (dad && nodad) throw new LvsctlError("only one of --dad and --nodad can be", { exitCode: EXIT.usage });
      const named = label === undefined ? {} : { label };
      const vip: Vip = { ...prefix, device, ...named, scope, dad: dad ?? false, prefixRoute };
      refuseObjections(vipObjections(vip), "add VIP", formatVip(vip));
      using client = await context.openVips();
      const changes = additionOf(vip, client.vips(), options);
      if (!options.force && !options.dryRun) {
        client.assertFree(changes.filter(({ operation }) => operation === "addVip").map((change) => change.vip));
      }
      performVips(context, { client, changes, options });
      if (!options.dryRun && changes.length > 0) await client.announce([vip], announcementOf(options));
    });
}

/** What adding comes down to, by the addresses that there are. */
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
    throw new LvsctlError(`the interface has it already, as ${formatVip(here)}, added by ${owner}`, {
      ...about,
      hint: here.owned
        ? "with --ensure that is no error"
        : options.ensure
        ? "delete it first, or name it as it is"
        : "with --ensure that is no error if it is the same",
    });
  }
  const [elsewhere] = same;
  if (elsewhere !== undefined && !options.force) {
    throw new LvsctlError(`it is on ${elsewhere.device} already`, {
      ...about,
      hint: `delete it there first, or add --force to have it on both`,
    });
  }
  return [{ operation: "addVip", vip }];
}

/** `lvsctl vip delete`. */
export function deleteVipCommand(context: Context): CommandUnknownOpts {
  return new Command("delete")
    .description(
      "Deletes a VIP from its interface. Refused if lvsctl did not add it. Other addresses of its subnet stay, which the " +
        "kernel by itself would delete too.",
    )
    .argument("<address>", PRESENT_HELP, addressArgument)
    .option("-d, --device <name>", "the interface, where several have it", deviceArgument)
    .option("--ensure", "succeed where it is not there")
    .option("--force", "delete it though another program added it")
    .option("--dry-run", "say what would be done")
    .option("--json", "print JSON")
    .action(async (named, options) => {
      using client = await context.openVips();
      performVips(context, { client, changes: deletionOf(named, client.vips(), options), options });
    });
}

function deletionOf(
  named: NamedAddress,
  present: readonly PresentVip[],
  options: {
    readonly ensure?: true | undefined;
    readonly force?: true | undefined;
    readonly device?: string | undefined;
  },
): readonly VipChange[] {
  const found = matchingVips(present, named, options);
  const [vip, another] = found;
  const about = { operation: "delete VIP", object: formatNamed(named) };
  if (vip === undefined) {
    if (options.ensure) return [];
    throw new LvsctlError(noSuchVip(present, named, options), {
      ...about,
      errno: "EADDRNOTAVAIL",
      hint: '"lvsctl vip list" shows where VIPs are; with --ensure that is no error',
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
      hint: "whoever did may want it back; add --force to delete it all the same",
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
    .description(
      "Tells the neighbours where a VIP is, whoever added it: by gratuitous ARP, or unsolicited neighbour advertisement.",
    )
    .argument("<address>", PRESENT_HELP, addressArgument)
    .option("-d, --device <name>", "the interface, where several have it", deviceArgument)
    .option("--announce-count <number>", "how often (default: 3)", numberArgument({ from: 1, to: 1000 }))
    .option("--announce-interval <duration>", "from one time to the next (default: 200ms)", intervalArgument)
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
      throw new LvsctlError(`there is nobody to tell on ${devices}`, {
        ...about,
        hint: "the interface is down, or has no neighbours that look for addresses, as lo",
      });
    });
}

function announcementOf(
  options: { readonly announceCount?: number | undefined; readonly announceInterval?: number | undefined },
): Partial<AnnouncementOptions> {
  const { announceCount: count, announceInterval: intervalMs } = options;
  return { ...(count === undefined ? {} : { count }), ...(intervalMs === undefined ? {} : { intervalMs }) };
}

function execute(context: Context, client: VipClient, changes: readonly VipChange[]): void {
  const errors = executeAndRecord(context, { vips: changes }, { execute: () => client.execute(changes) });
  for (const error of errors.values()) throw error;
}

/** Makes the changes of one command and tells them as {@linkcode ChangeOptions} says. */
function performVips(
  context: Context,
  request: { readonly client: VipClient; readonly changes: readonly VipChange[]; readonly options: ChangeOptions },
): void {
  const { client, changes, options } = request;
  if (!options.dryRun) execute(context, client, changes);
  printChanges(context, { options, changes: () => changes.map(printedVipChange) });
}

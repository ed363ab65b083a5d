import { EXIT, LvsctlError } from "../../core/errors/mod.ts";
import {
  formatVip,
  parsePrefix,
  type PresentVip,
  sameVip,
  type Vip,
  VIP_SCOPES,
  type VipChange,
  vipObjections,
} from "../../core/model/mod.ts";
import type { AnnouncementOptions, VipClient } from "../../core/rtnetlink/mod.ts";
import { durationArgument, numberArgument, reading, refuseObjections, visible, wordArgument } from "../arguments.ts";
import { Changing } from "../changing.ts";
import { Command, type CommandUnknownOpts } from "../commander.ts";
import type { Context } from "../context.ts";
import { toldVipChange } from "../format/vips.ts";
import { type PerformOptions, tell } from "../perform.ts";

const ADDRESS_HELP = "the VIP, as ADDRESS or ADDRESS/PREFIX; without a prefix length, the address alone";

const deviceArgument = reading((text: string): string => {
  if (/^[^\s/\p{Cc}]{1,15}$/u.test(text) && new TextEncoder().encode(text).length <= 15) return text;
  throw new LvsctlError(`"${visible(text)}" is not the name of an interface`);
});

/** Reads a VIP's address; a line break in it must not make two lines of a message. */
function prefixArgument(text: string): Pick<Vip, "address" | "prefixLength"> {
  return parsePrefix(visible(text));
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
    .description("Deletes a VIP from its interface. Refused if lvsctl did not add it.")
    .argument("<address>", ADDRESS_HELP, prefixArgument)
    .option("-d, --device <name>", "the interface, where several have it", deviceArgument)
    .option("--ensure", "succeed where it is not there")
    .option("--force", "delete it though another program added it")
    .option("--dry-run", "say what would be done")
    .option("--json", "print JSON")
    .action(async ({ address }, options) => {
      using client = await context.openVips();
      const found = client.vips().filter((vip) =>
        vip.address === address && (options.device === undefined || vip.device === options.device)
      );
      performVips(context, { client, changes: deletionOf(address, found, options), options });
    });
}

function deletionOf(
  address: string,
  found: readonly PresentVip[],
  options: {
    readonly ensure?: true | undefined;
    readonly force?: true | undefined;
    readonly device?: string | undefined;
  },
): readonly VipChange[] {
  const [vip, another] = found;
  const about = { operation: "delete VIP", object: address };
  if (vip === undefined) {
    if (options.ensure) return [];
    throw new LvsctlError(options.device === undefined ? "no interface has it" : `${options.device} does not have it`, {
      ...about,
      errno: "EADDRNOTAVAIL",
      hint: '"lvsctl vip list" shows where VIPs are; with --ensure that is no error',
    });
  }
  if (another !== undefined) {
    const devices = found.map(({ device }) => device).join(" and ");
    throw new LvsctlError(`${devices} have it`, { ...about, hint: "name one with --device", exitCode: EXIT.usage });
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

/** `lvsctl vip announce`. */
export function announceVipCommand({ openVips }: Context): CommandUnknownOpts {
  return new Command("announce")
    .description(
      "Tells the neighbours where a VIP is, whoever added it: by gratuitous ARP, or unsolicited neighbour advertisement.",
    )
    .argument("<address>", ADDRESS_HELP, prefixArgument)
    .option("-d, --device <name>", "the interface, where several have it", deviceArgument)
    .option("--announce-count <number>", "how often (default: 3)", numberArgument({ from: 1, to: 1000 }))
    .option("--announce-interval <duration>", "from one time to the next (default: 200ms)", intervalArgument)
    .action(async ({ address }, options) => {
      using client = await openVips();
      const found = client.vips().filter((vip) =>
        vip.address === address && (options.device === undefined || vip.device === options.device)
      );
      const about = { operation: "announce VIP", object: address };
      if (found.length === 0) {
        const where = options.device === undefined ? "no interface has it" : `${options.device} does not have it`;
        throw new LvsctlError(where, { ...about, errno: "EADDRNOTAVAIL", hint: 'add it with "lvsctl vip add"' });
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
  using changing = new Changing(context, { operation: "change" });
  const errors = client.execute(changes);
  changing.made({ vips: changes.filter((_, index) => !errors.has(index)) });
  for (const error of errors.values()) throw error;
}

/** Makes the changes of one command and tells them as {@linkcode PerformOptions} says. */
function performVips(
  context: Context,
  request: { readonly client: VipClient; readonly changes: readonly VipChange[]; readonly options: PerformOptions },
): void {
  const { client, changes, options } = request;
  if (!options.dryRun) execute(context, client, changes);
  tell(context, { options, changes: () => changes.map(toldVipChange) });
}

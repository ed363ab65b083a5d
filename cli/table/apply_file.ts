import { LvsctlError } from "../../core/errors/mod.ts";
import type { IpvsClient } from "../../core/ipvs/mod.ts";
import {
  type Addresses,
  type ApplyResult,
  applyTarget,
  applyWithDrain,
  type AwaitedServer,
  type Selection,
  stateDigest,
  type Target,
} from "../../core/reconcile/mod.ts";
import type { VipClient } from "../../core/rtnetlink/mod.ts";
import type { JournaledChange } from "./journaled_change.ts";
import type { Context } from "../context/context.ts";

/** What is made of what, and how. */
export interface ApplyRequest {
  /** The kernel. */
  readonly client: IpvsClient;
  /** Its addresses, where VIPs are among what it is made. */
  readonly vips: VipClient | undefined;
  /** What it is made. */
  readonly target: Target;
  /** What of that counts; all of it without. */
  readonly selection?: Selection;
  /** How long the connections of servers that go may take to end; 0 to delete them at once; milliseconds. */
  readonly drainMs: number;
  /** Whether VIPs are added though another host answers for them. */
  readonly force?: boolean;
  /** The state of the kernel, as {@linkcode stateOf} tells it, that nothing is done without. */
  readonly ifUnchanged?: string | undefined;
}

/** Works out what would be done. */
export async function planApply(context: Context, request: ApplyRequest): Promise<ApplyResult> {
  const planned = await applyWith(context, request, { dryRun: true });
  refuseChanged(request, planned);
  return planned;
}

/**
 * Makes the kernel what is asked for, and announces the VIPs that are new.
 *
 * @param context Where messages go, and time comes from.
 * @param request What is made of what.
 * @param changing The lock that is held, and the journal that it is told in.
 * @throws {LvsctlError} If it could not be done; the message says what became of the table.
 */
export async function apply(
  context: Context,
  request: ApplyRequest,
  change: JournaledChange,
): Promise<ApplyResult> {
  const { vips } = request;
  // Only then, for the runtime takes its time to load it, and only if there is a journal.
  const { formatSnapshot } = context.directories === undefined
    ? { formatSnapshot: (): string => "" }
    : await import("../journal/snapshot.ts");
  let made: ApplyResult;
  try {
    made = await applyWith(context, request, {
      onPlanned: (planned) => {
        refuseChanged(request, planned);
        change.recordPlan(planned, formatSnapshot);
      },
    });
  } catch (error) {
    change.fail(error);
    throw error;
  }
  change.commit();
  await vips?.announce(made.vips.first.map(({ vip }) => vip));
  return made;
}

/** What the kernel had before, as a short text that is the same as long as nothing in question changes. */
export function stateOf({ target }: ApplyRequest, { before }: ApplyResult): string {
  const { timeouts, syncDaemons } = target;
  return stateDigest(before, { timeouts: timeouts !== undefined, syncDaemons: syncDaemons !== undefined });
}

/** What of it can be told how to go about. */
interface Going {
  readonly dryRun?: boolean;
  readonly onPlanned?: (planned: ApplyResult) => void;
}

async function applyWith(context: Context, request: ApplyRequest, going: Going): Promise<ApplyResult> {
  const { client, vips, target, selection, drainMs, force } = request;
  const options = {
    ...going,
    ...(selection === undefined ? {} : { selection }),
    ...(vips === undefined ? {} : { addresses: force === true ? unasked(vips) : vips }),
  };
  if (drainMs === 0) return applyTarget(client, target, options);
  const wait = async (leaving: readonly AwaitedServer[]): Promise<void> => {
    // Most have nothing to wait for.
    const { waitForDrain } = await import("./apply_drain.ts");
    await waitForDrain(context, request, leaving);
  };
  return await applyWithDrain(client, target, { ...options, wait });
}

/** The same addresses, but other hosts are not asked whether they have one. */
function unasked(vips: VipClient): Addresses {
  return { vips: () => vips.vips(), execute: (changes) => vips.execute(changes), assertFree: () => {} };
}

function refuseChanged(request: ApplyRequest, planned: ApplyResult): void {
  const { ifUnchanged } = request;
  if (ifUnchanged === undefined) return;
  const state = stateOf(request, planned);
  if (state === ifUnchanged) return;
  throw new LvsctlError(`the table is not what was planned against: it is ${state}, not ${ifUnchanged}`, {
    operation: "apply",
    hint: "nothing was changed; plan again",
  });
}

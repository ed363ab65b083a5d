import { interruptionError, LvsctlError } from "../../core/errors/mod.ts";
import type { IpvsClient } from "../../core/ipvs/mod.ts";
import {
  addedVips,
  applyPlanInParts,
  changesDigest,
  isEmptyPlan,
  type Kernel,
  type Plan,
  planSize,
  planTarget,
  type Selection,
  stateDigest,
  type Target,
} from "../../core/reconcile/mod.ts";
import type { VipClient } from "../../core/rtnetlink/mod.ts";
import type { Context } from "../context/context.ts";
import { nextTurn } from "../context/signals.ts";
import { count, groupDigits } from "../format/count.ts";
import { Progress } from "../terminal/progress.ts";
import type { JournaledChange } from "./journaled_change.ts";

/** How long changes are made without looking for a signal; milliseconds. A look takes 1 to 2 ms. */
const TURN_INTERVAL_MS = 200;

/** A target, and how the kernel becomes it. */
export interface ApplyRequest {
  /** The kernel. */
  readonly client: IpvsClient;
  /** The addresses of the interfaces, if the target has VIPs. */
  readonly vips: VipClient | undefined;
  /** The wanted state, or what reads it from the kernel each time a plan is made. */
  readonly target: Target | (() => Target);
  /** The kinds of changes to make; all by default. */
  readonly selection?: Selection | undefined;
  /** How long connections of deleted servers may take to end; 0 deletes at once; milliseconds. */
  readonly drainMs: number;
  /** Whether VIPs are added although another host answers for them. */
  readonly force?: boolean | undefined;
  /** The state that the kernel must have, as {@linkcode stateOf} prints it; any by default. */
  readonly ifUnchanged?: string | undefined;
  /** The digest of the changes that must be made; any by default. */
  readonly ifChanges?: string | undefined;
}

/**
 * Plans what a request changes; a terminal is shown how far a large table is read.
 *
 * @param context Standard error and time.
 * @param request The target.
 * @param options.isOnlyShown Whether the plan is not carried out: then a table that has changed as the request wants is
 * reported too.
 * @throws {LvsctlError} If the kernel cannot be read, or does not have the state that the request expects.
 */
export function planApply(
  context: Pick<Context, "io" | "clock">,
  request: ApplyRequest,
  { isOnlyShown = true }: { readonly isOnlyShown?: boolean } = {},
): Plan {
  const plan = planRequest(context, request);
  // A kernel that is the target already has changed as the request wants, so that a second apply succeeds too.
  if (isOnlyShown || !isEmptyPlan(plan)) refuseChanged(request, plan);
  return plan;
}

function planRequest(
  { io, clock }: Pick<Context, "io" | "clock">,
  { client, vips, target, selection, drainMs }: ApplyRequest,
): Plan {
  using progress = new Progress(io, { now: () => clock.now() });
  const kernel = io.errIsTerminal ? watchReading(client, progress) : client;
  return planTarget(kernel, target instanceof Function ? target() : target, {
    addresses: vips,
    selection,
    drain: drainMs > 0,
  });
}

/** The kernel, with the number of services whose servers were read on the terminal. */
function watchReading(client: IpvsClient, progress: Progress): Kernel {
  let total = 0;
  let read = 0;
  return {
    services: () => {
      const services = client.services();
      total = services.length;
      return services;
    },
    servers: (id) => {
      progress.show(() => `planning: read ${groupDigits(read)} of ${count(total, "service")} in the kernel`);
      read++;
      return client.servers(id);
    },
    getTimeouts: () => client.getTimeouts(),
    syncDaemons: () => client.syncDaemons(),
    execute: (changes, options) => client.execute(changes, options),
  };
}

/**
 * Plans, records the plan, applies it, and announces the new and edited VIPs.
 *
 * @param context Standard error, time and signals.
 * @param request The target.
 * @param options.change Holds the lock of the table and writes the journal.
 * @param options.onPlan Receives the plan before anything is changed; if it throws, nothing is.
 * @returns The plan that was applied.
 * @throws {LvsctlError} If the target was not applied, or a signal interrupted it; the message names the state of the
 * table.
 */
export async function apply(
  context: Context,
  request: ApplyRequest,
  { change, onPlan }: { readonly change: JournaledChange; readonly onPlan?: ((plan: Plan) => void) | undefined },
): Promise<Plan> {
  const { vips, force = false } = request;
  const plan = planApply(context, request, { isOnlyShown: false });
  if (isEmptyPlan(plan)) return plan;
  onPlan?.(plan);
  if (!force) vips?.assertFree(addedVips(plan));
  await applyAndRecord(context, request, { plan, change });
  // An edited VIP was deleted and added again: its neighbours may have forgotten it.
  await vips?.announce(plan.vips.first.map(({ vip }) => vip));
  return plan;
}

/** Applies a plan, and records its outcome even if a signal arrives. */
async function applyAndRecord(
  context: Context,
  request: ApplyRequest,
  { plan, change }: { readonly plan: Plan; readonly change: JournaledChange },
): Promise<void> {
  using interruption = context.listenForInterruption();
  const { signal } = interruption;
  await recordPlan(context, plan, change);
  try {
    await execute(context, request, { plan, signal });
  } catch (error) {
    change.fail(error);
    throw error;
  }
  change.commit();
}

/** The digest of the kernel's state before a plan: it stays the same as long as the state in question does. */
export function stateOf({ target }: ApplyRequest, plan: Plan): string {
  const { before } = plan;
  const { timeouts, syncDaemons } = target instanceof Function ? plan.target : target;
  return stateDigest(before, { timeouts: timeouts !== undefined, syncDaemons: syncDaemons !== undefined });
}

/** The code for snapshots is loaded only where a journal keeps them. */
async function recordPlan({ directories }: Context, plan: Plan, change: JournaledChange): Promise<void> {
  if (directories === undefined) return;
  const { formatSnapshot } = await import("../journal/snapshot.ts");
  change.recordPlan(plan, formatSnapshot);
}

async function execute(
  context: Context,
  request: ApplyRequest,
  { plan, signal }: { readonly plan: Plan; readonly signal: AbortSignal },
): Promise<void> {
  const { client, vips, drainMs } = request;
  const { clock } = context;
  let turned = clock.now();
  using progress = new Progress(context.io, { now: () => clock.now() });
  await applyPlanInParts(client, plan, {
    addresses: vips,
    pause: async (made) => {
      progress.show(() => `${groupDigits(made)} of ${count(planSize(plan), "change")}`);
      if (clock.now() - turned >= TURN_INTERVAL_MS) {
        await nextTurn();
        turned = clock.now();
      }
      if (signal.aborted) throw interruptionError(signal, { operation: "change the table" });
    },
    wait: drainMs === 0 ? undefined : async (servers) => {
      // Most plans delete no server that has connections.
      const { waitForDrain } = await import("./apply_drain.ts");
      progress[Symbol.dispose]();
      await waitForDrain(context, { client, drainMs, servers, signal });
    },
  });
}

function refuseChanged(request: ApplyRequest, plan: Plan): void {
  const { ifUnchanged, ifChanges } = request;
  const refusal = (reason: string): LvsctlError =>
    new LvsctlError(reason, { operation: "apply", object: "the plan", hint: "nothing was changed; plan again" });
  const state = ifUnchanged === undefined ? undefined : stateOf(request, plan);
  if (state !== ifUnchanged) {
    throw refusal(`the table has changed since the plan was made: its state is ${state}, not ${ifUnchanged}`);
  }
  if (ifChanges === undefined || ifChanges === changesDigest(plan)) return;
  throw refusal("its changes would be others now, because overrides or decisions of the daemon have changed since");
}

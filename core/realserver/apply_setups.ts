import { EXIT, interruptionError, LvsctlError } from "../errors/mod.ts";
import { defined } from "../model/mod.ts";
import { linkModule } from "../rtnetlink/mod.ts";
import type { Machine, MachineState } from "./machine.ts";
import type { OriginalSettings, StateStore } from "./original_settings.ts";
import { refuseSetups } from "./objections.ts";
import { type DesiredSetups, planRealServer, type RealServerPlan, splitByNeed } from "./plan.ts";
import { requirementsOf } from "./requirements.ts";
import { linkOfSetup, type VipSetup } from "./setup.ts";
import { describeStep, recordStep, runStep, type Step } from "./step.ts";

/** Dependencies of {@linkcode applySetups}. */
export interface ApplySetupsOptions {
  /** The machine's kernel. */
  readonly machine: Machine;
  /** The stored state of the machine. */
  readonly store: StateStore;
  /** Cancels the change; steps already executed are undone. */
  readonly signal: AbortSignal;
  /** Lets the process receive a signal between two steps. */
  readonly pause: () => Promise<void>;
}

/** The operation that error messages name. */
export type SetupPurpose = "set up the real server" | "tear down the real server";

/**
 * Plans the steps of {@linkcode applySetups}.
 *
 * @throws {LvsctlError} If a set-up cannot work on this machine.
 */
export function planSetups(
  current: MachineState,
  desired: DesiredSetups & { readonly memory: OriginalSettings },
): RealServerPlan {
  refuseSetups(current, { setups: requestedSetups(desired), memory: desired.memory });
  return planRealServer(current, desired);
}

/**
 * Applies set-ups to a machine, and restores the settings that only earlier set-ups needed.
 *
 * Each change is recorded before it is made, so that a later call can restore the original settings even after a kill.
 * If a step fails or the signal arrives, the executed steps are undone.
 *
 * @returns The executed plan.
 * @throws {LvsctlError} If a step failed. The message reports whether the steps were undone; if they were not, the exit
 * code is {@linkcode EXIT.partial}.
 */
export async function applySetups(
  desired: DesiredSetups,
  { purpose, ...options }: ApplySetupsOptions & { readonly purpose: SetupPurpose },
): Promise<RealServerPlan> {
  const { machine, store, signal, pause } = options;
  const before = store.read();
  const added = requestedSetups(desired);
  refuseSetups(machine.readState(), { setups: added, memory: before.memory });
  loadModules(machine, added);
  const run = new SetupRun(options, { ...desired, memory: before.memory });
  try {
    const plan = run.plan();
    for (const step of plan.steps) {
      await pause();
      if (signal.aborted) throw interruptionError(signal, {});
      run.execute(step);
    }
    run.verify();
    return plan;
  } catch (error) {
    throw undo(run, { earlier: { setups: before.setups, requested: desired.requested }, purpose, cause: error });
  }
}

function requestedSetups({ setups, requested }: DesiredSetups): readonly VipSetup[] {
  return setups.filter(({ address }) => requested.has(address));
}

/** Loads the modules of tunnels, which create the tunnels' fallback interfaces. */
function loadModules(machine: Machine, setups: readonly VipSetup[]): void {
  const { links, fouPorts } = machine.readState();
  const names = new Set(links.map(({ name }) => name));
  const missing = setups.map(linkOfSetup).filter((link) => link !== undefined && !names.has(link.name));
  const modules = new Set(missing.flatMap((link) => link === undefined ? [] : [linkModule(link.kind)]));
  // Only a listed port proves that the module is loaded.
  if (fouPorts.length === 0 && setups.some(({ tunnel }) => tunnel?.type === "gue")) modules.add(FOU_MODULE);
  if (modules.size > 0) machine.loadModules([...modules]);
}

/** The module of GUE ports. */
const FOU_MODULE = "fou";

/** Executes steps towards desired set-ups, and records each of them. */
class SetupRun {
  readonly #machine: Machine;
  readonly #store: StateStore;
  #desired: DesiredSetups & { readonly memory: OriginalSettings };

  constructor({ machine, store }: ApplySetupsOptions, desired: DesiredSetups & { readonly memory: OriginalSettings }) {
    this.#machine = machine;
    this.#store = store;
    this.#desired = desired;
  }

  /** Replaces the desired set-ups. */
  retarget(desired: DesiredSetups): void {
    this.#desired = { ...this.#desired, ...desired };
  }

  /** Plans the steps from the current state; if there are any, stores the desired set-ups. */
  plan(): RealServerPlan {
    const plan = planRealServer(this.#machine.readState(), this.#desired);
    if (plan.steps.length > 0) this.#record(this.#desired.memory);
    return plan;
  }

  /** Executes a step. */
  execute(step: Step): void {
    const { memory } = this.#desired;
    const before = step.operation === "setSysctl" ? this.#machine.sysctl(step.name) : undefined;
    const after = recordStep(memory, step, { before });
    // A change is recorded before it is made, and a restoration after it, so that a kill in between loses neither.
    const isRestoration = /^(restore|delete|bringDown)/.test(step.operation);
    if (!isRestoration) this.#record(after);
    try {
      runStep(this.#machine, step);
    } catch (error) {
      this.#record(memory);
      // The kernel itself creates the fallback interface with the module that it loads for the request.
      const exists = step.operation === "addLink" && error instanceof LvsctlError && error.errno === "EEXIST";
      if (!exists) throw error;
    }
    if (isRestoration) this.#record(after);
  }

  /**
   * Checks that no step is left, and drops the records that no set-up needs: those settings are restored, or belong to
   * the program that changed them since.
   *
   * @throws {LvsctlError} If a step is left.
   */
  verify(): void {
    const current = this.#machine.readState();
    const [step] = planRealServer(current, this.#desired).steps;
    if (step !== undefined) {
      throw new LvsctlError(`the kernel acknowledged every step, but one has no effect: ${describeStep(step)}`, {
        hint: "check whether another program changes the same setting",
      });
    }
    this.#record(splitByNeed(this.#desired.memory, requirementsOf(this.#desired.setups, current)).needed);
  }

  #record(memory: OriginalSettings): void {
    this.#desired = { ...this.#desired, memory };
    this.#store.write({ setups: this.#desired.setups, memory });
  }
}

/** Restores the earlier set-ups, and adds the outcome to the error. */
function undo(
  run: SetupRun,
  { earlier, purpose, cause }: {
    readonly earlier: DesiredSetups;
    readonly purpose: SetupPurpose;
    readonly cause: unknown;
  },
): LvsctlError {
  const failure = cause instanceof LvsctlError ? cause : new LvsctlError(String(cause), { cause });
  const explain = (outcome: string, exitCode: LvsctlError["exitCode"]): LvsctlError =>
    new LvsctlError(failure.reason, {
      ...defined({ errno: failure.errno }),
      operation: failure.operation === "" ? purpose : failure.operation,
      object: failure.object,
      hint: failure.hint === undefined ? outcome : `${failure.hint}; ${outcome}`,
      exitCode,
      cause,
    });
  try {
    run.retarget(earlier);
    for (const step of run.plan().steps) run.execute(step);
    run.verify();
    return explain("everything is as it was before", failure.exitCode);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const hint = 'run "lvsctl realserver teardown" to try again';
    return explain(`the changes could not be undone: ${reason}; ${hint}`, EXIT.partial);
  }
}

import { EXIT, LvsctlError } from "../errors/mod.ts";
import { linkModule } from "../rtnetlink/mod.ts";
import type { Machine, View } from "./machine.ts";
import type { OriginalSettings, StateStore } from "./original_settings.ts";
import { refuseSetups } from "./objections.ts";
import { type Goal, planRealServer, type RealServerPlan, splitMemory } from "./plan.ts";
import { requirementsOf } from "./requirements.ts";
import { linkOfSetup, type VipSetup } from "./setup.ts";
import { describeStep, rememberStep, runStep, type Step } from "./step.ts";

/** What {@linkcode reachGoal} works with. */
export interface ReachOptions {
  /** The machine's kernel. */
  readonly machine: Machine;
  /** Where its state is kept. */
  readonly store: StateStore;
  /** Calls it off when it is aborted; what was done is undone. */
  readonly signal: AbortSignal;
  /** Lets a signal arrive, between two steps. */
  readonly pause: () => Promise<void>;
}

/** Why a machine is changed, for messages. */
export type ReachPurpose = "set up the real server" | "tear down the real server";

/**
 * Says what {@linkcode reachGoal} would do, without doing it.
 *
 * @throws {LvsctlError} If the set-ups cannot be made.
 */
export function planGoal(view: View, goal: Goal & { readonly memory: OriginalSettings }): RealServerPlan {
  refuseSetups(view, { setups: setupsAbout(goal), memory: goal.memory });
  return planRealServer(view, goal);
}

/**
 * Makes a machine what set-ups need, no more and no less: what earlier ones needed and these do not is put back.
 *
 * What is changed is remembered before it is: whatever happens, a later call finds its way back. If a step fails, or
 * the signal comes, what was done is undone.
 *
 * @returns What was done.
 * @throws {LvsctlError} If it could not be done. The message says whether the machine is as it was before; if it is
 * not, the exit code is {@linkcode EXIT.partial}.
 */
export async function reachGoal(
  goal: Goal,
  { purpose, ...options }: ReachOptions & { readonly purpose: ReachPurpose },
): Promise<RealServerPlan> {
  const { machine, store, signal, pause } = options;
  const before = store.read();
  const added = setupsAbout(goal);
  refuseSetups(machine.view(), { setups: added, memory: before.memory });
  loadModules(machine, added);
  const run = new Run(options, { ...goal, memory: before.memory });
  try {
    const plan = run.plan();
    for (const step of plan.steps) {
      await pause();
      if (signal.aborted) throw new LvsctlError("it was called off by a signal");
      run.make(step);
    }
    run.finish();
    return plan;
  } catch (error) {
    throw undo(run, { goal: { setups: before.setups, about: goal.about }, purpose, cause: error });
  }
}

function setupsAbout({ setups, about }: Goal): readonly VipSetup[] {
  return setups.filter(({ address }) => about.has(address));
}

/** The interfaces of tunnels are there by themselves once their modules are. */
function loadModules(machine: Machine, setups: readonly VipSetup[]): void {
  const { links, fouPorts } = machine.view();
  const names = new Set(links.map(({ name }) => name));
  const missing = setups.map(linkOfSetup).filter((link) => link !== undefined && !names.has(link.name));
  const modules = new Set(missing.flatMap((link) => link === undefined ? [] : [linkModule(link.kind)]));
  // Its family of messages is there with the module; whether it is, no port tells.
  if (fouPorts.length === 0 && setups.some(({ tunnel }) => tunnel?.type === "gue")) modules.add(FOU_MODULE);
  if (modules.size > 0) machine.loadModules([...modules]);
}

/** The module of GUE ports. */
const FOU_MODULE = "fou";

/** The steps towards a goal, each remembered before it is made. */
class Run {
  readonly #machine: Machine;
  readonly #store: StateStore;
  #goal: Goal & { readonly memory: OriginalSettings };

  constructor({ machine, store }: ReachOptions, goal: Goal & { readonly memory: OriginalSettings }) {
    this.#machine = machine;
    this.#store = store;
    this.#goal = goal;
  }

  /** Goes somewhere else from now on. */
  redirect(goal: Goal): void {
    this.#goal = { ...this.#goal, ...goal };
  }

  /** What is to be done, by what there is now; with the first step in view, the goal is written down. */
  plan(): RealServerPlan {
    const plan = planRealServer(this.#machine.view(), this.#goal);
    if (plan.steps.length > 0) this.#keep(this.#goal.memory);
    return plan;
  }

  /** Makes a step. */
  make(step: Step): void {
    const { memory } = this.#goal;
    const before = step.operation === "setSysctl" ? this.#machine.sysctl(step.name) : undefined;
    const after = rememberStep(memory, step, { before });
    // That something was put back is noted when it is, everything else before.
    const isBack = /^(restore|delete|bringDown)/.test(step.operation);
    if (!isBack) this.#keep(after);
    try {
      runStep(this.#machine, step);
    } catch (error) {
      this.#keep(memory);
      // The kernel made it by itself, with a module that it loaded for this.
      const isThere = step.operation === "addLink" && error instanceof LvsctlError && error.errno === "EEXIST";
      if (!isThere) throw error;
    }
    if (isBack) this.#keep(after);
  }

  /**
   * Looks whether the goal is reached, and forgets what no set-up needs: it has been put back, or is left to whoever
   * changed it since.
   *
   * @throws {LvsctlError} If it is not reached.
   */
  finish(): void {
    const view = this.#machine.view();
    const [left] = planRealServer(view, this.#goal).steps;
    if (left !== undefined) {
      throw new LvsctlError(`the kernel did not keep what it acknowledged: still to do is to ${describeStep(left)}`, {
        hint: "another program may be changing it",
      });
    }
    this.#keep(splitMemory(this.#goal.memory, requirementsOf(this.#goal.setups, view)).needed);
  }

  #keep(memory: OriginalSettings): void {
    this.#goal = { ...this.#goal, memory };
    this.#store.write({ setups: this.#goal.setups, memory });
  }
}

/** Goes back to the goal that there was before, and says in the error how that ended. */
function undo(
  run: Run,
  { goal, purpose, cause }: { readonly goal: Goal; readonly purpose: ReachPurpose; readonly cause: unknown },
): LvsctlError {
  const failure = cause instanceof LvsctlError ? cause : new LvsctlError(String(cause), { cause });
  const explain = (outcome: string, exitCode: LvsctlError["exitCode"]): LvsctlError =>
    new LvsctlError(failure.reason, {
      operation: failure.operation === "" ? purpose : failure.operation,
      object: failure.object,
      ...(failure.errno === undefined ? {} : { errno: failure.errno }),
      hint: failure.hint === undefined ? outcome : `${failure.hint}; ${outcome}`,
      exitCode,
      cause,
    });
  try {
    run.redirect(goal);
    for (const step of run.plan().steps) run.make(step);
    run.finish();
    return explain("everything is as it was before", failure.exitCode);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const hint = '"lvsctl realserver teardown" tries again';
    return explain(`it could not be undone: ${reason}; ${hint}`, EXIT.partial);
  }
}

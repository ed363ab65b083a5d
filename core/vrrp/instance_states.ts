import type { VrrpGroup, VrrpInstance, VrrpStateEvent } from "../model/mod.ts";
import type { RouterState, RouterStatus } from "./status.ts";

/** A change of the state of an instance or a group. */
export interface StateChange {
  /** What changes. */
  readonly subject: "instance" | "group";
  /** Its name. */
  readonly name: string;
  /** The new state: that of all its routers if they are active, and otherwise of the first one that is not. */
  readonly state: RouterState;
  /** The router that decides about the state. */
  readonly router: RouterStatus;
}

/** A group and its state. */
export interface GroupState {
  /** Its name. */
  readonly name: string;
  /** The names of its instances. */
  readonly members: readonly string[];
  /** Its state; undefined while it is not known. */
  readonly state: RouterState | undefined;
}

/** A change as an event for notifications: an instance that does not take part has been stopped. */
export function stateEvent({ subject, name, state, router }: StateChange, at: number): VrrpStateEvent {
  const { reason, priority, device, vrid } = router;
  return { kind: state === "init" ? "stop" : state, subject, name, reason, priority, device, vrid, at };
}

/** The states of instances and groups, which have several routers. */
export class InstanceStates {
  #instances: readonly VrrpInstance[] = [];
  #groups: readonly VrrpGroup[] = [];
  /** The routers, by name and family. */
  readonly #routers = new Map<string, RouterStatus>();
  readonly #states = new Map<string, RouterState>();

  /** Takes the instances and groups of a file. */
  load(instances: readonly VrrpInstance[], groups: readonly VrrpGroup[]): void {
    this.#instances = instances;
    this.#groups = groups;
    const names = new Set(instances.map(({ name }) => name));
    for (const [key, { name }] of this.#routers) if (!names.has(name)) this.#routers.delete(key);
    const keys = new Set(this.#subjects.map(({ subject, name }) => `${subject} ${name}`));
    for (const key of this.#states.keys()) if (!keys.has(key)) this.#states.delete(key);
  }

  /** The groups, each with its state; undefined while that is not known. */
  get groups(): readonly GroupState[] {
    return this.#groups.map(({ name, members }) => ({ name, members, state: this.#states.get(`group ${name}`) }));
  }

  /** Takes the state of a router, and returns the changes that follow. */
  take(router: RouterStatus): readonly StateChange[] {
    this.#routers.set(`${router.name} ${router.family}`, router);
    return this.#changes();
  }

  /** All routers have ended, and have no addresses any more. */
  lose(reason: string): readonly StateChange[] {
    for (const [key, router] of this.#routers) this.#routers.set(key, { ...router, state: "fault", reason });
    return this.#changes();
  }

  #changes(): readonly StateChange[] {
    return this.#subjects.flatMap(({ subject, name, members }): StateChange[] => {
      const routers = [...this.#routers.values()].filter((router) => members.includes(router.name));
      const router = routers.find(({ state }) => state !== "active") ?? routers[0];
      const key = `${subject} ${name}`;
      if (router === undefined || this.#states.get(key) === router.state) return [];
      this.#states.set(key, router.state);
      return [{ subject, name, state: router.state, router }];
    });
  }

  get #subjects(): readonly { subject: StateChange["subject"]; name: string; members: readonly string[] }[] {
    return [
      ...this.#instances.map(({ name }) => ({ subject: "instance" as const, name, members: [name] })),
      ...this.#groups.map(({ name, members }) => ({ subject: "group" as const, name, members })),
    ];
  }
}

import type { VrrpGroup, VrrpInstance, VrrpStateEvent } from "../model/mod.ts";
import { routersOf } from "./routers_of.ts";
import { routerKey } from "./settings.ts";
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
  /** The routers that the file has, by name and family. */
  #keys: ReadonlySet<string> = new Set();
  /** The routers whose state is known. */
  readonly #routers = new Map<string, RouterStatus>();
  readonly #states = new Map<string, RouterState>();
  /** Whether the file has changed since the last look at the states. */
  #isReloaded = false;

  /** Takes the instances and groups of a file. */
  load(instances: readonly VrrpInstance[], groups: readonly VrrpGroup[]): void {
    this.#instances = instances;
    this.#groups = groups;
    this.#isReloaded = true;
    this.#keys = new Set(routersOf({ vrrp: instances }).routers.map(routerKey));
    for (const key of this.#routers.keys()) if (!this.#keys.has(key)) this.#routers.delete(key);
    const keys = new Set(this.#subjects.map(({ subject, name }) => `${subject} ${name}`));
    for (const key of this.#states.keys()) if (!keys.has(key)) this.#states.delete(key);
  }

  /** The groups, each with its state; undefined while that is not known. */
  get groups(): readonly GroupState[] {
    return this.#groups.map(({ name, members }) => ({ name, members, state: this.#states.get(`group ${name}`) }));
  }

  /** Takes the state of a router, and returns the changes that follow. */
  take(router: RouterStatus): readonly StateChange[] {
    const key = routerKey(router);
    // One that the file has no more stops after that has been loaded.
    if (!this.#keys.has(key)) return [];
    this.#routers.set(key, router);
    return this.#changes();
  }

  /** Takes a status of all routers, and returns what follows from another file: a new name, a new group. */
  takeAll(routers: readonly RouterStatus[]): readonly StateChange[] {
    // One that does not take part yet is no news.
    const news = routers.filter((router) => router.state !== "init" && this.#isNews(router));
    if (news.length === 0 && !this.#isReloaded) return [];
    this.#isReloaded = false;
    for (const router of news) this.#routers.set(routerKey(router), router);
    return this.#changes();
  }

  /** All routers have ended, and have no addresses any more. */
  lose(reason: string): readonly StateChange[] {
    for (const [key, router] of this.#routers) this.#routers.set(key, { ...router, state: "fault", reason });
    return this.#changes();
  }

  #isNews(router: RouterStatus): boolean {
    const key = routerKey(router);
    return this.#keys.has(key) && this.#routers.get(key)?.state !== router.state;
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

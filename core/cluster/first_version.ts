import { LvsctlError } from "../errors/mod.ts";
import { EtcdError } from "../etcd/mod.ts";
import type { ClusterStore } from "./store.ts";
import { nextStep } from "./rollout.ts";
import type { Version } from "./version.ts";

/** The version that a director starts with. */
export interface FirstVersion {
  /** The version. */
  readonly version: Version;
  /** Why the store does not confirm it; undefined if it does. */
  readonly problem?: string | undefined;
}

/**
 * Chooses the version that a director starts with: the store's, or the copy of the last one while the store does not
 * answer or has none.
 *
 * @param copy The copy of the last version.
 * @throws {LvsctlError} If there is neither.
 */
export async function firstVersion(store: ClusterStore, copy: Version | undefined): Promise<FirstVersion> {
  try {
    const { rollout } = await store.rollout();
    if (rollout === undefined) {
      throw new LvsctlError("the store has no configuration", {
        operation: "read",
        object: store.address,
        hint: 'store one with "lvsctl cluster push FILE"',
      });
    }
    // The name does not matter: it has no turn before it runs.
    const step = nextStep(rollout, { name: "", instance: "", active: copy });
    const number = step.kind === "take" ? step.number : copy?.number;
    if (number === undefined) {
      throw new LvsctlError(`the roll-out of its first version has halted: ${rollout.reason ?? "no reason given"}`, {
        operation: "read",
        object: store.address,
        hint: 'push a version that works with "lvsctl cluster push FILE"',
      });
    }
    return {
      version: copy?.number === number && step.kind !== "take"
        ? copy
        : await store.version(number, { digest: number === rollout.number ? rollout.digest : undefined }),
    };
  } catch (error) {
    if (!(error instanceof LvsctlError)) throw error;
    if (copy !== undefined) return { version: copy, problem: error.message };
    if (!(error instanceof EtcdError)) throw error;
    throw new LvsctlError(`${error.message}; this director has no copy of an earlier version`, {
      exitCode: error.exitCode,
      retriable: true,
    });
  }
}

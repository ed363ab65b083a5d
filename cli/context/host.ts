import { isLoadable, loadModule } from "../../core/host/mod.ts";

/** The files and modules of a machine; tests have their own. */
export interface Host {
  /** The path of `/proc`. */
  readonly proc: string;
  /** The path of `/sys`. */
  readonly sys: string;
  /** Whether a module can be loaded; undefined if the module loader cannot run. */
  readonly isLoadable: (module: string) => boolean | undefined;
  /** Loads a module; returns the reason of a failure, or "". */
  readonly loadModule: (module: string) => string;
}

/** This machine. */
export const SYSTEM_HOST: Host = { proc: "/proc", sys: "/sys", isLoadable, loadModule };

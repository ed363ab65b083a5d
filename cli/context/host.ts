import { isLoadable, loadModule } from "../../core/host/mod.ts";

/** The files and modules of the machine; tests give their own. */
export interface Host {
  /** Its /proc. */
  readonly proc: string;
  /** Its /sys. */
  readonly sys: string;
  /** Whether a module can be loaded; undefined where that cannot be asked. */
  readonly isLoadable: (module: string) => boolean | undefined;
  /** Loads a module; gives what stood in the way, or "". */
  readonly loadModule: (module: string) => string;
}

/** The machine that this runs on. */
export const SYSTEM_HOST: Host = { proc: "/proc", sys: "/sys", isLoadable, loadModule };

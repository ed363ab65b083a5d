import { openConnectionList } from "../core/connections/mod.ts";
import { SYSTEM_CLOCK } from "../core/time/mod.ts";
import type { Context } from "./context/context.ts";
import { SYSTEM_HOST } from "./context/host.ts";
import type { Io } from "./context/io.ts";
import { kernelContext } from "./context/kernel_context.ts";
import { listenForInterruption } from "./context/signals.ts";
import { systemSurroundings } from "./context/surroundings.ts";
import { systemDirectories } from "./state/directories.ts";

/** The context of the real program; libraries are loaded only when a command opens what needs them. */
export function systemContext(io: Io, args: readonly string[]): Context {
  const directories = systemDirectories();
  return {
    ...kernelContext(io),
    args,
    directories,
    openRehearsal: async () => (await import("../core/system/rehearsal.ts")).openRehearsal(),
    openVips: async () => {
      const [{ openVips }, { VipFile }] = await Promise.all([
        import("../core/system/vips.ts"),
        import("./state/vip_file.ts"),
      ]);
      return openVips(new VipFile(directories));
    },
    openRoutes: async () => (await import("../core/system/routes.ts")).openRoutes(),
    openServerProber: async () => (await import("../core/system/server_prober.ts")).openServerProber(),
    host: SYSTEM_HOST,
    openRealServer: async () => (await import("./state/realserver_access.ts")).openRealServerAccess(directories),
    openConnections: () => openConnectionList(),
    clock: SYSTEM_CLOCK,
    listenForInterruption,
    surroundings: systemSurroundings(),
  };
}

import { EXIT } from "../core/errors/mod.ts";
import type { Io } from "./context/io.ts";
import type { Context } from "./context/context.ts";
import { systemDirectories } from "./state/directories.ts";

/** The context of the real program: the kernel is loaded only when a command needs it. */
export function systemContext(io: Io): Context {
  return {
    io,
    get directories() {
      return systemDirectories();
    },
    openIpvs: async () => (await import("../core/system/ipvs.ts")).openIpvs(),
    openVips: async () => {
      const [{ openVips }, { VipFile }] = await Promise.all([
        import("../core/system/vips.ts"),
        import("./state/vip_file.ts"),
      ]);
      return openVips(new VipFile(systemDirectories()));
    },
    exitCode: EXIT.ok,
  };
}

/**
 * `deno task demo`: boots a kernel with IPVS and shows lvsctl at its main job in it.
 *
 * @module
 */

import { runInGuest } from "../../tests/lab/guest.ts";

const ROOT = new URL("../..", import.meta.url).pathname.replace(/\/$/, "");

if (import.meta.main) {
  Deno.stdout.writeSync(new TextEncoder().encode("Booting a Linux kernel with IPVS (User-Mode Linux)...\n"));
  const { code } = await runInGuest(
    [Deno.execPath(), "run", "-A", "--no-check", "--no-lock", "--quiet", `${ROOT}/examples/demo/scenario.ts`],
    {
      cwd: ROOT,
      env: { PATH: `${ROOT}/dist:/usr/sbin:/usr/bin:/sbin:/bin`, LVSCTL_CACHE_DIR: `${ROOT}/dist/cache/bin` },
      timeLimitSeconds: 150,
      stream: true,
    },
  );
  Deno.exit(code);
}

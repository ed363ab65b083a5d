/**
 * Deno's runtime stub (denort), which `deno compile` puts the program into.
 *
 * @module
 */

/** The path of the stub for this version of Deno and this machine, on Deno's download host. */
const STUB_FILE = `release/v${Deno.version.deno}/denort-${Deno.build.target}.zip`;
const STUB_HOST = "dl.deno.land";

/** Limit for the answer to a HEAD request; a slower network does not deliver the stub in time either. */
const ANSWER_SECONDS = 2;

/**
 * Returns the location of the stub on this machine, as text; `undefined` if it has none.
 *
 * @throws {Error} If Deno does not report the directory of its cache.
 */
export async function findRuntimeStub(): Promise<string | undefined> {
  if (Deno.env.get("DENORT_BIN")) return "in DENORT_BIN";
  const command = new Deno.Command(Deno.execPath(), { args: ["info", "--json", "--no-config", "--no-lock"] });
  const { denoDir } = JSON.parse(new TextDecoder().decode((await command.output()).stdout)) as { denoDir: string };
  return await exists(`${denoDir}/dl/${STUB_FILE}`) ? "in Deno's cache" : undefined;
}

/**
 * Checks that the stub can be downloaded, without downloading it. An unreachable network fails at once, a silent one
 * after two seconds.
 *
 * @param signal Ends the attempt earlier.
 * @throws {Error} If it cannot be downloaded; the message gives the reason.
 */
export async function reachRuntimeStub(signal: AbortSignal): Promise<void> {
  const limit = AbortSignal.timeout(ANSWER_SECONDS * 1000);
  let response: Response;
  try {
    // Like Deno itself, with the proxy and the certificates of the environment.
    response = await fetch(`https://${STUB_HOST}/${STUB_FILE}`, {
      method: "HEAD",
      signal: AbortSignal.any([signal, limit]),
    });
  } catch (error) {
    const reason = limit.aborted || signal.aborted ? "no answer in time" : innermostReason(error);
    throw new Error(`${STUB_HOST} cannot be reached: ${reason}`, { cause: error });
  }
  if (!response.ok) throw new Error(`${STUB_HOST} does not have the stub: status ${response.status}`);
}

/** The message of the innermost cause. */
function innermostReason(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  if (cause !== undefined) return innermostReason(cause);
  const message = error instanceof Error ? error.message : String(error);
  return message.replace(/^error sending request for url \(\S+\): (?:client error \(\w+\): )?/, "");
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

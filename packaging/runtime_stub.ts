/**
 * Deno's runtime stub (denort), which `deno compile` puts the program into.
 *
 * @module
 */

/** The stub for this version of Deno and this machine, where Deno downloads it. */
const STUB_FILE = `release/v${Deno.version.deno}/denort-${Deno.build.target}.zip`;
const STUB_HOST = "dl.deno.land";

/** A network that takes longer to say whether the stub is there does not deliver it in time either. */
const ANSWER_SECONDS = 2;

/**
 * Returns where the stub lies on this machine, for people; `undefined` if it does not.
 *
 * @throws {Error} If Deno does not say where its cache is.
 */
export async function findRuntimeStub(): Promise<string | undefined> {
  if (Deno.env.get("DENORT_BIN")) return "in DENORT_BIN";
  const command = new Deno.Command(Deno.execPath(), { args: ["info", "--json", "--no-config", "--no-lock"] });
  const { denoDir } = JSON.parse(new TextDecoder().decode((await command.output()).stdout)) as { denoDir: string };
  return await exists(`${denoDir}/dl/${STUB_FILE}`) ? "in Deno's cache" : undefined;
}

/**
 * Makes sure, without downloading it, that the stub can be downloaded. A network that cannot be reached costs a moment,
 * one that does not answer two seconds.
 *
 * @param signal ends the attempt earlier
 * @throws {Error} If it cannot; the message says why.
 */
export async function reachRuntimeStub(signal: AbortSignal): Promise<void> {
  const limit = AbortSignal.timeout(ANSWER_SECONDS * 1000);
  let response: Response;
  try {
    // As Deno itself does: by the proxy and with the certificates that the environment names.
    response = await fetch(`https://${STUB_HOST}/${STUB_FILE}`, {
      method: "HEAD",
      signal: AbortSignal.any([signal, limit]),
    });
  } catch (error) {
    const reason = limit.aborted || signal.aborted ? "no answer in time" : innermostReason(error);
    throw new Error(`${STUB_HOST} cannot be reached: ${reason}`, { cause: error });
  }
  if (!response.ok) throw new Error(`${STUB_HOST} does not have it: status ${response.status}`);
}

/** What failed in the end, without the layers around it. */
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

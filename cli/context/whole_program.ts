import { EXIT, LvsctlError } from "../../core/errors/mod.ts";
import { initialVariable } from "../../core/host/mod.ts";

/**
 * What a hidden command prints. A small bundle starts the whole program for rarely used code, which it leaves out.
 *
 * @param args The command line.
 * @param cause The error of the import of that code, which is thrown if this is the whole program.
 * @throws {LvsctlError} The error of the command.
 */
export async function outputOfWholeProgram(args: readonly string[], cause: unknown): Promise<string> {
  const program = initialVariable("LVSCTL_ARGV0");
  if (program === undefined) throw cause;
  const command = new Deno.Command(program, { args: [...args], stdin: "null", stdout: "piped", stderr: "piped" });
  const { code, stdout, stderr } = await command.output();
  const decoder = new TextDecoder();
  if (code === EXIT.ok) return decoder.decode(stdout);
  const message = decoder.decode(stderr).trimEnd().replace(/^lvsctl: /gm, "");
  throw new LvsctlError(message, { exitCode: code === EXIT.usage ? EXIT.usage : EXIT.refused });
}

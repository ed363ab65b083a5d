/** A line that may follow the reason of a refusal: how to use the command. */
const ADVICE = /^(?:Usage:|See|Use|The service comes first:) /;

/** The lines of standard error that say why a command line is refused, without those that say how to use it. */
export function reasonsOf(stderr: string): readonly string[] {
  return stderr.split("\n").filter((line) => line !== "" && !ADVICE.test(line));
}

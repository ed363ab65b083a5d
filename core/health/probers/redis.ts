import { type CheckPath, printable, type RedisCheck, type ServerId } from "../../model/mod.ts";
import { AnswerError, converse, type ExchangeOptions, type Outcome, type Session } from "../../net/mod.ts";

/** A command as an array of strings (RESP). */
function formatCommand(words: readonly string[]): string {
  const length = (word: string): number => new TextEncoder().encode(word).length;
  return `*${words.length}\r\n${words.map((word) => `$${length(word)}\r\n${word}\r\n`).join("")}`;
}

/**
 * Sends a command, and reads the first string of the answer.
 *
 * @throws {AnswerError} If the answer is an error, or not Redis.
 */
async function ask(session: Session, words: readonly string[]): Promise<string> {
  const [name = ""] = words;
  await session.send(formatCommand(words));
  session.awaited = `answer to ${name}`;
  let line = await session.line();
  if (line.startsWith("-")) throw new AnswerError(`"${printable(line.slice(1))}" to ${name}`);
  if (line.startsWith("*")) line = await session.line();
  if (line.startsWith("+")) return line.slice(1);
  if (/^\$\d+$/.test(line)) return await session.line();
  throw new AnswerError(`answer is not Redis: "${printable(line, 40)}"`);
}

/** The `redis` and `rediss` prober: PING, and optionally a login before and the role after it. */
export function probeRedis(
  target: ServerId,
  check: RedisCheck & CheckPath,
  options: ExchangeOptions,
): Promise<Outcome> {
  return converse(
    { endpoint: target, binding: check, options, tls: check.type === "rediss" ? check.tls : undefined },
    async (session) => {
      const { login, role } = check;
      if (login !== undefined) {
        const answer = await ask(session, ["AUTH", ...(login.user === "" ? [] : [login.user]), login.password]);
        if (answer !== "OK") throw new AnswerError(`"${printable(answer)}" to AUTH`);
      }
      const pong = await ask(session, ["PING"]);
      if (pong !== "PONG") throw new AnswerError(`"${printable(pong)}" to PING`);
      if (role === undefined) return { ok: true, detail: "PONG" };
      // ROLE calls a replica a slave.
      const present = (await ask(session, ["ROLE"])).replace(/^slave$/, "replica");
      if (present !== role) return { ok: false, reason: `is a ${printable(present, 20)}, expected a ${role}` };
      return { ok: true, detail: `PONG, is a ${role}` };
    },
  );
}

import {
  environmentOf,
  fillIn,
  type Placeholders,
  runCommand,
  serverPlaceholders,
  servicePlaceholders,
} from "../../process/mod.ts";
import { Semaphore, withDeadline } from "../../time/mod.ts";
import {
  type EventPlaceholder,
  type ExecNotification,
  formatDuration,
  formatServerId,
  formatServiceId,
  type NotificationEvent,
} from "../../model/mod.ts";
import type { Message, MessageService } from "../message.ts";
import type { Delivery, Dispatch, SenderContext } from "../delivery.ts";

/** Commands of one notification that run at a time. */
const CONCURRENCY = 8;

/** `{state}` by what happened. */
const STATES: Readonly<Record<NotificationEvent, string>> = {
  "server_up": "up",
  "server_down": "down",
  "quorum_up": "up",
  "quorum_down": "down",
  "fallback_on": "on",
  "fallback_off": "off",
  warning: "warning",
};

/** A command that is run, and what it is told. */
interface Run {
  readonly words: readonly string[];
  readonly values: Placeholders;
}

function placeholdersOf(
  { event, isRepeated }: Message,
  service: MessageService,
): Readonly<Record<EventPlaceholder, string>> {
  const { kind, server, reason, weight } = event;
  return {
    event: kind,
    state: STATES[kind],
    reason,
    weight: weight === undefined ? "" : String(weight),
    name: service.name ?? "",
    repeated: isRepeated ? "1" : "0",
    time: new Date(event.at).toISOString(),
    ...servicePlaceholders(service.id),
    ...(server === undefined ? { server: "", address: "", port: "" } : serverPlaceholders(server)),
  };
}

/** What a message is about: commands about the same run one after the other, in the order in which it happened. */
function subjectOf({ event: { server, service } }: Message): string {
  return server === undefined ? formatServiceId(service) : formatServerId(server);
}

/** The commands for a message: one for each service, but those that would be the same are one that names all. */
function runsOf(message: Message, { command }: ExecNotification): readonly Run[] {
  const runs = new Map<string, Run>();
  for (const each of message.services) {
    const values = placeholdersOf(message, each);
    const words = command.map((word) => fillIn(word, values));
    const key = JSON.stringify(words);
    const same = runs.get(key);
    runs.set(key, { words, values: same === undefined ? values : joined(same.values, values) });
  }
  return [...runs.values()];
}

/** Two services told in one command: their names and themselves are separated by blanks. */
function joined(values: Placeholders, more: Placeholders): Placeholders {
  const both = (name: string): string => `${values[name] ?? ""} ${more[name] ?? ""}`.trim();
  return { ...values, service: both("service"), name: both("name") };
}

/** Runs a command for each message; a command that fails is not run again, for nobody knows what it has done. */
export async function sendByExec(
  { notification, messages }: Dispatch<ExecNotification>,
  { clock }: Pick<SenderContext, "clock">,
  { signal }: { readonly signal: AbortSignal },
): Promise<Delivery> {
  const { timeoutMs } = notification;
  const failures: string[] = [];
  const run = async ({ words, values }: Run): Promise<void> => {
    const reason = await withDeadline(timeoutMs, {
      signal,
      clock,
      run: async (deadline) => {
        const end = await runCommand(words, { environment: environmentOf(values), signal: deadline, clock });
        if (end.kind === "not started") return end.reason;
        if (deadline.aborted) return signal.aborted ? "called off" : `no end within ${formatDuration(timeoutMs)}`;
        const { status, said } = end;
        if (status.success) return undefined;
        const what = status.signal === null ? `exit status ${status.code}` : `killed by ${status.signal}`;
        return said === "" ? what : `${what}: ${said}`;
      },
    });
    if (reason !== undefined) failures.push(reason);
  };
  const left: Message[] = [];
  const permits = new Semaphore(CONCURRENCY);
  await Promise.all([...Map.groupBy(messages, subjectOf).values()].map(async (group) => {
    using _permit = await permits.acquire();
    for (const message of group) {
      if (signal.aborted) left.push(message);
      else for (const each of runsOf(message, notification)) await run(each);
    }
  }));
  const [first] = failures;
  if (first === undefined) return left.length === 0 ? { ok: true } : { ok: false, left, reason: "called off" };
  const others = failures.length - 1;
  return { ok: false, left, reason: others === 0 ? first : `${first}; and ${others} more commands failed` };
}

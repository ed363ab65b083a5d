import {
  describeEnd,
  environmentOf,
  fillIn,
  type Placeholders,
  runCommand,
  serverPlaceholders,
  servicePlaceholders,
} from "../../process/mod.ts";
import { runWithin, Semaphore } from "../../time/mod.ts";
import {
  type EventPlaceholder,
  type ExecNotification,
  formatDuration,
  formatServerId,
  formatServiceId,
  type NotificationEvent,
  type ServiceEvent,
  type VrrpStateEvent,
} from "../../model/mod.ts";
import { isStateEvent, type Message, type MessageService } from "../message.ts";
import type { Delivery, Dispatch, SenderContext } from "../delivery.ts";

/** Most commands of one notification that run at the same time. */
const CONCURRENCY = 8;

/** `{state}` by event. */
const STATES: Readonly<Record<NotificationEvent, string>> = {
  "server_up": "up",
  "server_down": "down",
  "quorum_up": "up",
  "quorum_down": "down",
  "fallback_on": "on",
  "fallback_off": "off",
  warning: "warning",
};

/** A command, and the values of its placeholders and environment. */
interface Run {
  readonly words: readonly string[];
  readonly values: Placeholders;
}

function placeholdersOf(
  event: ServiceEvent,
  { service, isRepeated }: { readonly service: MessageService; readonly isRepeated: boolean },
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

/** The values for an event of an instance or a group. */
function statePlaceholders(event: VrrpStateEvent): Placeholders {
  const { kind, subject, name, priority, reason, device, vrid, at } = event;
  return {
    event: kind,
    state: kind,
    subject,
    name,
    priority: String(priority),
    reason,
    device,
    vrid: String(vrid),
    time: new Date(at).toISOString(),
  };
}

/** The subject of a message: commands about the same subject run one after the other, in the order of the events. */
function subjectOf({ event }: Message): string {
  if (isStateEvent(event)) return `${event.subject} ${event.name}`;
  const { server, service } = event;
  return server === undefined ? formatServiceId(service) : formatServerId(server);
}

/** The commands for a message: one for each service; equal commands are joined into one that names all services. */
function runsOf({ event, services, isRepeated }: Message, { command }: ExecNotification<string>): readonly Run[] {
  const runs = new Map<string, Run>();
  if (isStateEvent(event)) {
    const values = statePlaceholders(event);
    return [{ words: command.map((word) => fillIn(word, values)), values }];
  }
  for (const service of services) {
    const values = placeholdersOf(event, { service, isRepeated });
    const words = command.map((word) => fillIn(word, values));
    const key = JSON.stringify(words);
    const same = runs.get(key);
    runs.set(key, { words, values: same === undefined ? values : joined(same.values, values) });
  }
  return [...runs.values()];
}

/** Values for two services in one command: IDs and names are separated by blanks. */
function joined(values: Placeholders, more: Placeholders): Placeholders {
  const both = (name: string): string => `${values[name] ?? ""} ${more[name] ?? ""}`.trim();
  return { ...values, service: both("service"), name: both("name") };
}

/** Runs a command for each message; a failed command is not run again, because its effect is unknown. */
export async function sendByExec(
  { notification, messages }: Dispatch<ExecNotification<string>>,
  { clock }: Pick<SenderContext, "clock">,
  { signal }: { readonly signal: AbortSignal },
): Promise<Delivery> {
  const { timeoutMs } = notification;
  const failures: string[] = [];
  const run = async ({ words, values }: Run): Promise<void> => {
    const reason = await runWithin({ timeoutMs, signal, clock }, async (deadline) => {
      const end = await runCommand(words, { environment: environmentOf(values), signal: deadline, clock });
      if (end.kind === "not started") return end.reason;
      if (deadline.aborted) return signal.aborted ? "interrupted" : `no end within ${formatDuration(timeoutMs)}`;
      return end.status.success ? undefined : describeEnd(end);
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
  if (first === undefined) return left.length === 0 ? { ok: true } : { ok: false, left, reason: "interrupted" };
  const others = failures.length - 1;
  return { ok: false, left, reason: others === 0 ? first : `${first}; and ${others} more commands failed` };
}

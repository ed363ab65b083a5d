import { formatServerId, formatServiceId } from "../model/mod.ts";
import type { AppliedService } from "../follow/mod.ts";
import type { DaemonEvent } from "./daemon_options.ts";

/** The servers of one service that stay in the table for now, by `formatServerId`. */
interface Reported {
  /** The servers that the file does not name. */
  readonly unnamed: ReadonlySet<string>;
  /** The servers that other directors keep although they are unhealthy here. */
  readonly vetoed: ReadonlySet<string>;
}

/** Reports the servers that stay in the table for now, each once. */
export class KeptServers {
  readonly #onEvent: (event: DaemonEvent) => void;
  /** The reported servers, by the name of the service. */
  readonly #reported = new Map<string, Reported>();

  /** Has reported nothing yet. */
  constructor(onEvent: (event: DaemonEvent) => void) {
    this.#onEvent = onEvent;
  }

  /** Forgets what it has reported. */
  clear(): void {
    this.#reported.clear();
  }

  /** Reports the servers of the given services that are new. */
  report(services: Iterable<AppliedService>): void {
    for (const { desired: { service: { id } }, effective } of services) {
      const name = formatServiceId(id);
      const before = this.#reported.get(name);
      const unnamed = new Map(effective.kept.map((server) => [formatServerId(server), server]));
      for (const [key, server] of unnamed) {
        if (before?.unnamed.has(key) !== true) this.#onEvent({ kind: "kept", service: id, server });
      }
      const vetoed = new Set<string>();
      for (const { server, facts: { lastResult }, parts: { keptBy } } of effective.servers) {
        // What others kept before a restart is reported when their verdicts are known.
        if (keptBy === undefined || keptBy === 0) continue;
        const key = formatServerId(server);
        vetoed.add(key);
        if (before?.vetoed.has(key) === true) continue;
        const { address, port } = server;
        this.#onEvent({
          kind: "veto",
          service: id,
          server: { address, port },
          directors: keptBy,
          reason: lastResult,
        });
      }
      this.#reported.set(name, { unnamed: new Set(unnamed.keys()), vetoed });
    }
  }
}

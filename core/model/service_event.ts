import type { NotificationEvent } from "./notification.ts";
import type { ServerId } from "./server.ts";
import type { ServiceId } from "./service.ts";

/** An event of a service or of one of its servers, for notifications and logs. */
export interface ServiceEvent {
  /** Kind of event. */
  readonly kind: NotificationEvent;
  /** The service. */
  readonly service: ServiceId;
  /** Name of the service in the file; undefined without one. */
  readonly name?: string;
  /** The server of the event, if any: the fallback server for `fallback_on` and `fallback_off`. */
  readonly server?: ServerId;
  /** Reason, as text without a period: "connection refused (ECONNREFUSED)". */
  readonly reason: string;
  /** The server's current weight in the table; undefined if it is not in the table. */
  readonly weight?: number;
  /** Time of the event; milliseconds since 1970. */
  readonly at: number;
}

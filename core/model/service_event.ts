import type { NotificationEvent } from "./notification.ts";
import type { ServerId } from "./server.ts";
import type { ServiceId } from "./service.ts";

/** Something that happened to a service or to one of its servers, as far as people want to know. */
export interface ServiceEvent {
  /** What happened. */
  readonly kind: NotificationEvent;
  /** The service. */
  readonly service: ServiceId;
  /** Its name in the file; undefined where the file gives none. */
  readonly name?: string;
  /** The server, where it is about one: the fallback server for `fallback_on` and `fallback_off`. */
  readonly server?: ServerId;
  /** Why, for people, without a period: "connection refused (ECONNREFUSED)". */
  readonly reason: string;
  /** The weight that the server has in the table now, where it is about one; undefined: it is not in the table. */
  readonly weight?: number;
  /** When; milliseconds since 1970. */
  readonly at: number;
}

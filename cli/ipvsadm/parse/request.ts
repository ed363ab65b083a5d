import type { Change, ServiceId } from "../../../core/model/mod.ts";
import type { Format, ListMode } from "./list_format.ts";

/** The request of a command line. */
export type Request =
  | { readonly kind: "change"; readonly change: Change }
  | { readonly kind: "list"; readonly id: ServiceId | undefined; readonly mode: ListMode; readonly format: Format }
  | { readonly kind: "connections"; readonly withEngine: boolean; readonly format: Format }
  | { readonly kind: "save"; readonly format: Format }
  | { readonly kind: "timeouts" | "daemons" | "restore" | "help" | "version" };

/**
 * The nouns of lvsctl, each defined once: pure values with functions to read, write and order them.
 *
 * @module
 */

export * from "./traffic_rates.ts";
export * from "./address.ts";
export * from "./agent.ts";
export * from "./change.ts";
export * from "./check.ts";
export * from "./check_parts.ts";
export * from "./check_types.ts";
export * from "./defined.ts";
export * from "./desired_state.ts";
export * from "./discovery.ts";
export * from "./duration.ts";
export * from "./health_sharing.ts";
export * from "./kernel_settings.ts";
export * from "./labels.ts";
export * from "./listen_address.ts";
export * from "./metrics.ts";
export * from "./notification.ts";
export * from "./placeholder.ts";
export * from "./override.ts";
export * from "./quorum.ts";
export * from "./objections.ts";
export * from "./secret.ts";
export * from "./server.ts";
export * from "./service.ts";
export * from "./service_event.ts";
export * from "./suggestion.ts";
export * from "./table.ts";
export * from "./text.ts";
export * from "./vip.ts";
export * from "./vrrp.ts";
export * from "./yaml_text.ts";

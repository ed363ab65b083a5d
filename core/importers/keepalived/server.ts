import { specialRange } from "../../findings/mod.ts";
import { formatEndpoint, type IpAddress } from "../../model/mod.ts";
import { type Entry, flatten, type Item, ListBlock, MappingBlock } from "../document.ts";
import type { Report } from "../imported.ts";
import { entry } from "./connection.ts";
import { hostOf, methodEntry, tunnelEntry, tunnelValue } from "./methods.ts";
import type { Statement } from "./statement.ts";
import { isOn, numberOf } from "./values.ts";
import { fallbackMethod, fallbackOf, type Method, type Real, type Virtual } from "./virtual.ts";

/** Converts a real server to an item of a list. */
export function serverItem(
  real: Real,
  options: {
    readonly report: Report;
    readonly virtual: Virtual;
    readonly check: MappingBlock | undefined;
    readonly notify: Item[] | undefined;
  },
): Item {
  const { section, address, port, method } = real;
  const { virtual, check, notify } = options;
  const weight = section.get("weight") ?? virtual.section.get("weight");
  const upper = section.get("uthreshold");
  const lower = lowerThreshold(real, options.report);
  const inhibit = section.get("inhibit_on_failure");
  const isQuiesced = isOn(virtual.section.get("inhibit_on_failure"));
  const own = method.statement !== virtual.method.statement;
  const entries = [
    weight === undefined || weight.words[0] === "1" ? undefined : entry("weight", numberOf(weight) ?? 1, weight),
    own && method.forward !== virtual.method.forward ? methodEntry(method) : undefined,
    own ? tunnelEntry(method) : undefined,
    upper === undefined ? undefined : entry("upper_threshold", numberOf(upper) ?? 0, upper),
    lower === undefined ? undefined : entry("lower_threshold", numberOf(lower) ?? 0, lower),
    inhibit === undefined || isOn(inhibit) === isQuiesced
      ? undefined
      : entry("on_failure", isOn(inhibit) ? "quiesce" : "remove", inhibit),
    check === undefined ? undefined : { key: "check", value: check },
    notify === undefined || notify.length === 0 ? undefined : { key: "notify", value: new ListBlock(notify) },
  ].filter((each) => each !== undefined);
  const place = port === undefined ? hostOf(address) : formatEndpoint(address, port);
  const { origin, notes } = real;
  if (entries.length === 0) return { value: place, origins: [origin], notes };
  const isShort = check === undefined && notify === undefined;
  if (isShort) {
    const value = flatten(new MappingBlock([{ key: "address", value: place }, ...entries]));
    return { value, origins: [origin, ...entries.flatMap((each) => each.origins ?? [])], notes };
  }
  return {
    value: new MappingBlock([{ key: "address", value: place, essential: true }, ...entries]),
    origins: [origin],
    notes,
  };
}

/** The lower threshold of a server; undefined if it is omitted or, with a report, if the kernel would refuse it. */
function lowerThreshold({ section }: Real, report: Report): Statement | undefined {
  const lower = section.get("lthreshold");
  if (lower === undefined || (numberOf(lower) ?? 0) <= (numberOf(section.get("uthreshold")) ?? 0)) return lower;
  report.add(lower.origin, "it is above the upper threshold, so the kernel would refuse the server");
  return undefined;
}

/**
 * Whether a fallback on a loopback address works by dr, on the port of the service; by nat the kernel reaches no
 * loopback address for clients on other hosts.
 */
function needsDr({ listens }: Virtual, address: IpAddress, port: number | undefined): boolean {
  return specialRange(address) === "loopback" &&
    listens.every((listen) => port === undefined || !("port" in listen) || listen.port === port);
}

/** Converts the fallback of a service; undefined without a fallback. */
export function fallbackEntry(virtual: Virtual, { report }: { readonly report: Report }): Entry | undefined {
  const fallback = fallbackOf(virtual);
  const statement = virtual.section.get("sorry_server");
  if (fallback === undefined || statement === undefined) return undefined;
  const { address, port } = fallback;
  const written = fallbackMethod(virtual);
  const isMoved = written.forward === "nat" && needsDr(virtual, address, port);
  if (isMoved) {
    report.add(statement.origin, "nat reaches no loopback address for clients on other hosts, so the fallback uses dr");
  }
  const method: Method = isMoved ? { ...written, forward: "dr" } : written;
  const tunnel = method.forward === "tun" ? tunnelValue(method.tunnel) : undefined;
  const place = port === undefined || method.forward !== "nat" ? hostOf(address) : formatEndpoint(address, port);
  const origins = [statement.origin];
  const own = virtual.section.get("sorry_server_lvs_method");
  if (own !== undefined) origins.push(own.origin);
  const isInherited = method.forward === virtual.method.forward && own === undefined && !isMoved;
  return {
    key: "fallback",
    value: isInherited ? place : { address: place, forward: method.forward, tunnel },
    origins,
  };
}

import { entryFindings, findingText, lookupOf, type ServiceFinding, serviceFindings } from "../findings/mod.ts";
import { compareServiceIds, formatServiceId, type ServiceId } from "../model/mod.ts";
import type { Facts } from "./facts.ts";
import { counted, type Finding, listNames } from "./finding.ts";

/** A finding about a service, in words. */
interface Found {
  readonly service: string;
  readonly finding: ServiceFinding;
  readonly text: string;
}

/** The number of different texts of one kind that are shown. */
const MAX_TEXTS = 3;

/** What cannot work in the services of the table and of the file; equal findings of many services are one. */
export function examineServices(facts: Facts): Finding[] {
  const kinds = Map.groupBy(distinct(serviceMistakes(facts)), ({ finding }) => finding.code);
  return [...kinds.values()].flatMap((its) => {
    const groups = [...Map.groupBy(its, ({ text }) => text).values()];
    return groups.length <= MAX_TEXTS ? groups.map((group) => findingOf(group)) : [findingOfKind(its)];
  });
}

function serviceMistakes({ table, desired = [], desiredVips: vips, routerAddresses }: Facts): Found[] {
  const entries = (table?.entries ?? []).toSorted((a, b) => compareServiceIds(a.service.id, b.service.id));
  const inTable = lookupOf(entries);
  const inFile = lookupOf(desired);
  return [
    ...entries.flatMap((entry) => found(entry.service.id, entryFindings(entry, { isService: inTable }))),
    // The doctor examines sysctls and the addresses of services itself.
    ...desired.flatMap((each) => {
      const findings = serviceFindings(each, {
        vips,
        routerAddresses,
        isComplete: each.unresolved === undefined,
        isService: inFile,
      });
      return found(each.service.id, findings.filter(({ code }) => code !== "vip-missing"));
    }),
  ];
}

function found(id: ServiceId, findings: readonly ServiceFinding[]): Found[] {
  return findings.map((finding) => ({ service: formatServiceId(id), finding, text: findingText(finding) }));
}

/** Each finding once: a service of the file can be in the table too. */
function distinct(all: readonly Found[]): Found[] {
  return [...new Map(all.map((each) => [`${each.service} ${each.finding.code} ${each.text}`, each])).values()];
}

function findingOf(group: readonly Found[]): Finding {
  const services = listNames([...new Set(group.map(({ service }) => service))]);
  const [first] = group;
  return {
    id: first?.finding.code ?? "",
    severity: first?.finding.severity ?? "warning",
    object: services,
    what: `${services}: ${first?.text ?? ""}`,
  };
}

/** Many findings of one kind, whose texts differ by the server that they name. */
function findingOfKind(its: readonly Found[]): Finding {
  const [first, ...others] = its;
  const names = [...new Set(others.map(({ service }) => service))];
  return {
    ...findingOf(first === undefined ? [] : [first]),
    object: listNames([...new Set(its.map(({ service }) => service))]),
    why: `the same holds ${counted(others.length, "more time")}, in ${listNames(names)}`,
  };
}

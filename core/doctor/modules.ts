import { formatServiceId } from "../model/mod.ts";
import type { Facts } from "./facts.ts";
import { type Finding, fine, listNames, loading } from "./finding.ts";

/** The kernel's module of IPVS. */
export const IPVS_MODULE = "ip_vs";

/** The module that rewrites the addresses within FTP's control connections. */
export const FTP_MODULE = "ip_vs_ftp";

const FTP_PORT = 21;

/** The module of a scheduler. */
export function schedulerModule(scheduler: string): string {
  return `${IPVS_MODULE}_${scheduler}`;
}

/** IPVS, the schedulers that are used, and the helper of FTP. */
export function examineModules(facts: Facts): Finding[] {
  return [...examineIpvs(facts), ...examineSchedulers(facts), ...examineFtp(facts)];
}

function examineIpvs({ modules, release }: Facts): Finding[] {
  const id = "ipvs-module";
  switch (modules.get(IPVS_MODULE)) {
    case "loaded":
      return [fine(id, "the kernel has IPVS")];
    case "loadable":
      return [{
        id,
        severity: "warning",
        what: "the kernel's module ip_vs is not loaded",
        why: "lvsctl loads it when it needs it, but settings in net.ipv4.vs cannot be made before, and services that " +
          "a boot script restores may come too late",
        fix: loading(IPVS_MODULE),
      }];
    default:
      return [{
        id,
        severity: "error",
        what: `the kernel ${release} has no IPVS, and no module ip_vs is found for it`,
        why: "nothing can be balanced without it; install the modules of the running kernel (Debian has them in " +
          "linux-image-amd64, not in the kernels of some containers and clouds), or load it on the host of a container",
      }];
  }
}

function examineSchedulers({ modules, services }: Facts): Finding[] {
  const users = Map.groupBy(services, ({ scheduler }) => scheduler);
  return [...users].flatMap(([scheduler, its]): Finding[] => {
    const module = schedulerModule(scheduler);
    const state = modules.get(module);
    const id = "scheduler-module";
    if (state === "loaded" || state === "loadable") return [fine(id, `the scheduler is ${state}`, scheduler)];
    if (state !== "missing") return [];
    return [{
      id,
      severity: "error",
      object: scheduler,
      what: `the kernel has no scheduler ${scheduler}: no module ${module} is found`,
      why: `it is asked for by ${listNames(its.map(({ id }) => formatServiceId(id)))}; choose another, or install a ` +
        "kernel that has it",
    }];
  });
}

function examineFtp({ modules, services }: Facts): Finding[] {
  const ftp = services.filter(({ id, servers }) =>
    id.kind === "endpoint" && id.protocol === "tcp" && id.port === FTP_PORT &&
    servers.some(({ forward }) => forward === "nat")
  );
  if (ftp.length === 0) return [];
  const id = "ftp-module";
  const state = modules.get(FTP_MODULE);
  if (state === "loaded") return [fine(id, `${FTP_MODULE} is loaded`)];
  return [{
    id,
    severity: "warning",
    what: `${FTP_MODULE} is not loaded, and ${listNames(ftp.map(({ id }) => formatServiceId(id)))} balances FTP by nat`,
    why: "passive transfers fail: servers tell clients their own addresses, which this module rewrites",
    ...(state === "loadable" ? { fix: loading(FTP_MODULE) } : {}),
  }];
}

import { formatServiceId } from "../model/mod.ts";
import type { Facts } from "./facts.ts";
import { agree, type Finding, fine, listNames, loadingModule } from "./finding.ts";

/** The kernel's module of IPVS. */
export const IPVS_MODULE = "ip_vs";

/** The module that rewrites addresses in FTP's control connections. */
export const FTP_MODULE = "ip_vs_ftp";

const FTP_PORT = 21;

/** The module of a scheduler. */
export function schedulerModule(scheduler: string): string {
  return `${IPVS_MODULE}_${scheduler}`;
}

/** The modules of IPVS, of the schedulers in use, and of FTP. */
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
        why:
          "lvsctl loads it when needed, but sysctls in net.ipv4.vs do not exist before, and a boot script may restore " +
          "services too late",
        fix: loadingModule(IPVS_MODULE),
      }];
    default:
      return [{
        id,
        severity: "error",
        what: `the kernel ${release} has no IPVS, and no module ip_vs is found for it`,
        why: "nothing can be balanced without it; install the modules of the running kernel (on Debian the package " +
          "linux-image-amd64; kernels of some containers and clouds lack them), or load it on the container's host",
      }];
  }
}

function examineSchedulers({ modules, services }: Facts): Finding[] {
  const users = Map.groupBy(services, ({ scheduler }) => scheduler);
  return [...users].flatMap(([scheduler, its]): Finding[] => {
    const module = schedulerModule(scheduler);
    const state = modules.get(module);
    const id = "scheduler-module";
    if (state === "loaded" || state === "loadable") {
      return [fine(id, `the scheduler is ${state}`, { object: scheduler })];
    }
    if (state !== "missing") return [];
    return [{
      id,
      severity: "error",
      object: scheduler,
      what: `the kernel has no scheduler ${scheduler}: no module ${module} is found`,
      why: `${
        listNames(its.map(({ id }) => formatServiceId(id)))
      } ${agree(its, ["uses", "use"])} it; choose another, or install a ` +
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
    why: "passive transfers fail: servers send clients their own addresses, which this module rewrites",
    fix: state === "loadable" ? loadingModule(FTP_MODULE) : undefined,
  }];
}

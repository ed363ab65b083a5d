import type { Facts, Manager } from "./facts.ts";
import { byHand, type Finding } from "./finding.ts";

/** Programs that keep the table as they want it, and how they are stopped. */
const STOPPING: Readonly<Record<string, string | undefined>> = {
  keepalived: "systemctl disable --now keepalived",
  ldirectord: "systemctl disable --now ldirectord",
  "kube-proxy": undefined,
  "kube-router": undefined,
};

/** The names of the programs that are looked for. */
export const MANAGER_NAMES: readonly string[] = Object.keys(STOPPING);

/** Whether it is keepalived without its IPVS half. */
function isVrrpOnly({ name, commandLine }: Manager): boolean {
  return name === "keepalived" && commandLine.split(" ").some((word) => word === "--vrrp" || /^-[A-Za-z]*P/.test(word));
}

/** Whether another program changes the same table. */
export function examineManagers({ managers }: Facts): Finding[] {
  const byName = Map.groupBy(managers.filter((manager) => !isVrrpOnly(manager)), ({ name }) => name);
  return [...byName].map(([name, its]): Finding => {
    const command = STOPPING[name];
    const [first] = its;
    return {
      id: "other-manager",
      severity: "warning",
      object: name,
      what: `${name} runs (process ${first?.pid ?? 0})`,
      why: name.startsWith("kube-")
        ? "in its IPVS mode it deletes services that it does not know, and puts back its own"
        : "it changes the same table: what lvsctl does it may undo, and the other way round" +
          (name === "keepalived" ? "; for VRRP alone it is started with --vrrp" : ""),
      ...(command === undefined ? {} : { fix: byHand(command) }),
    };
  });
}

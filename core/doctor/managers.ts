import type { Facts, Manager } from "./facts.ts";
import { commands, type Finding } from "./finding.ts";

/** Programs that manage the table, and the commands that stop them. */
const STOPPING: Readonly<Record<string, string | undefined>> = {
  keepalived: "systemctl disable --now keepalived",
  ldirectord: "systemctl disable --now ldirectord",
  "kube-proxy": undefined,
  "kube-router": undefined,
};

/** The names of these programs. */
export const MANAGER_NAMES: readonly string[] = Object.keys(STOPPING);

/** Whether it is keepalived without its health checks. */
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
        ? "in its IPVS mode it deletes services that it does not know, and restores its own"
        : "it changes the same table: it may undo changes of lvsctl, and lvsctl its changes" +
          (name === "keepalived" ? "; start it with --vrrp for VRRP alone" : ""),
      fix: command === undefined ? undefined : commands(command),
    };
  });
}

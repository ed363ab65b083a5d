import type { IpvsClient } from "../../core/ipvs/mod.ts";
import type { Change } from "../../core/model/mod.ts";
import { realServer, serviceId, virtualService } from "./samples.ts";

/** The message of every method of the client where it throws; what does not throw is "done". */
export function refusals(client: IpvsClient): readonly string[] {
  const id = serviceId("tcp://192.0.2.10:80");
  const server = realServer("10.0.0.11:8080");
  const timeouts = { tcpSeconds: 900, tcpFinSeconds: 120, udpSeconds: 300 };
  const changes: readonly Change[] = [
    { operation: "addService", service: virtualService("tcp://192.0.2.10:80") },
    { operation: "editService", service: virtualService("tcp://192.0.2.10:80") },
    { operation: "deleteService", id },
    { operation: "addServer", id, server },
    { operation: "editServer", id, server },
    { operation: "deleteServer", id, server },
    { operation: "setTimeouts", timeouts },
    { operation: "startSyncDaemon", daemon: { role: "master", interface: "lo", syncId: 1 } },
    { operation: "stopSyncDaemon", role: "master" },
    { operation: "zero" },
    { operation: "zero", id },
    { operation: "flush" },
  ];
  const reads = [
    () => client.services(),
    () => client.servers(id),
    () => client.getService(id),
    () => client.syncDaemons(),
    () => client.getTimeouts(),
    () => client.getInfo(),
  ];
  const errors = client.execute(changes);
  return [...changes.map((_, index) => errors.get(index)?.message ?? "done"), ...reads.map(message)];
}

function message(read: () => unknown): string {
  try {
    read();
    return "done";
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

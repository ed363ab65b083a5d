import assert from "node:assert/strict";
import { assertTable, contractTest } from "../support/contract_kernel.ts";
import { realServer, serviceId, virtualService } from "../support/samples.ts";

contractTest("IpvsClient.getInfo() reads the version of the code and the size of the connection table", (kernel) => {
  assert.deepEqual(kernel.client.getInfo(), { version: [1, 2, 1], connectionTableSize: 4096 });
  assert.match(kernel.procText(), /^IP Virtual Server version 1\.2\.1 \(size=4096\)$/m);
});

contractTest("IpvsClient.setTimeouts() sets the timeouts that are not 0", (kernel) => {
  const { client } = kernel;
  assert.deepEqual(client.getTimeouts(), { tcpSeconds: 900, tcpFinSeconds: 120, udpSeconds: 300 });
  client.setTimeouts({ tcpSeconds: 1, tcpFinSeconds: 2, udpSeconds: 3 });
  assert.deepEqual(client.getTimeouts(), { tcpSeconds: 1, tcpFinSeconds: 2, udpSeconds: 3 });
  client.setTimeouts({ tcpSeconds: 0, tcpFinSeconds: 40, udpSeconds: 0 });
  assert.deepEqual(client.getTimeouts(), { tcpSeconds: 1, tcpFinSeconds: 40, udpSeconds: 3 });
  client.setTimeouts({ tcpSeconds: 2073600, tcpFinSeconds: 0, udpSeconds: 0 });
  assert.deepEqual(client.getTimeouts(), { tcpSeconds: 2073600, tcpFinSeconds: 40, udpSeconds: 3 });
  client.setTimeouts({ tcpSeconds: 0, tcpFinSeconds: 0, udpSeconds: 0 });
  assert.deepEqual(client.getTimeouts(), { tcpSeconds: 2073600, tcpFinSeconds: 40, udpSeconds: 3 });
});

contractTest("IpvsClient.zero() does not change the table", (kernel) => {
  const service = virtualService("tcp://192.0.2.10:80");
  const server = realServer("10.0.0.11:80", { weight: 5 });
  kernel.client.zero();
  kernel.client.addService(service);
  kernel.client.addServer(service.id, server);
  kernel.client.zero(service.id);
  kernel.client.zero();
  assertTable(kernel, [{ service, servers: [server] }]);
});

contractTest("IpvsClient.flush() deletes every service, and no timeout or sync daemon", (kernel) => {
  const { client } = kernel;
  client.flush();
  for (const name of ["tcp://192.0.2.10:80", "tcp://[2001:db8::10]:80", "fwmark:3", "fwmark6:3"]) {
    client.addService(virtualService(name));
  }
  client.addServer(serviceId("fwmark:3"), realServer("10.0.0.11:80"));
  client.setTimeouts({ tcpSeconds: 33, tcpFinSeconds: 0, udpSeconds: 0 });
  client.startSyncDaemon({ role: "backup", interface: "lo", syncId: 9 });
  client.flush();
  assertTable(kernel, []);
  assert.equal(client.getTimeouts().tcpSeconds, 33);
  assert.equal(client.syncDaemons().length, 1);
});

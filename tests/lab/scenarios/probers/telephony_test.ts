import { assertChecks } from "../../probe_servers/check.ts";
import { PROBE_LOGIN } from "../../probe_servers/local_server.ts";
import { RADIUS_SECRET, startFreeradius, startSipp } from "../../probe_servers/telephony.ts";

Deno.test("radius: a real FreeRADIUS passes with a login and by Status-Server, and fails without", async () => {
  await using _freeradius = await startFreeradius();
  const login = `login: { user: ${PROBE_LOGIN.user}, password: "${PROBE_LOGIN.password}" }`;
  await assertChecks([
    { check: `type: radius, secret: ${RADIUS_SECRET}, ${login}`, server: 1812, says: /^healthy: Access-Accept$/ },
    { check: `type: radius, secret: ${RADIUS_SECRET}`, server: 1812, says: /^healthy: Access-Accept$/ },
    {
      check: `type: radius, secret: ${RADIUS_SECRET}, login: { user: ${PROBE_LOGIN.user}, password: wrong }`,
      server: 1812,
      says: /^failed: Access-Reject$/,
    },
    { check: `type: radius, secret: ${RADIUS_SECRET}, ${login}`, server: 1813, says: /^failed: connection refused/ },
  ]);
});

Deno.test("sip: a real SIPp passes over UDP and TCP, and fails with another status than expected", async () => {
  for (const transport of ["udp", "tcp"] as const) {
    await using _sipp = await startSipp(transport);
    await assertChecks([
      { check: `type: sip, transport: ${transport}`, server: 5060, says: /^healthy: status 200$/ },
      {
        check: `type: sip, transport: ${transport}, status: 404`,
        server: 5060,
        says: /^failed: status 200, expected 404$/,
      },
    ]);
  }
});

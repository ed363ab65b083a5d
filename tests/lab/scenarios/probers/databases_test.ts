import { tlsFile } from "../../../support/tls.ts";
import { assertChecks } from "../../probe_servers/check.ts";
import { startMariadb, startPostgresql, startRedis } from "../../probe_servers/databases.ts";
import { PROBE_LOGIN } from "../../probe_servers/local_server.ts";

const LOGIN = `login: { user: ${PROBE_LOGIN.user}, password: "${PROBE_LOGIN.password}" }`;
const WRONG = `login: { user: ${PROBE_LOGIN.user}, password: wrong }`;
const TLS = `tls: { ca: ${tlsFile("ca.pem")} }`;
const OTHER_CA = `tls: { ca: ${tlsFile("other-ca.pem")} }`;

Deno.test("redis: a real server passes with a login, over TLS and by its role, and fails without", async () => {
  await using _redis = await startRedis();
  await assertChecks([
    { check: `type: redis, ${LOGIN}, role: master`, server: 6379, says: /^healthy: PONG, is a master$/ },
    { check: `type: rediss, ${LOGIN}, ${TLS}`, server: 6380, says: /^healthy: PONG$/ },
    { check: `type: redis, ${LOGIN}, role: replica`, server: 6379, says: /^failed: is a master, expected a replica$/ },
    { check: "type: redis", server: 6379, says: /^failed: "NOAUTH Authentication required\." to PING$/ },
    { check: `type: redis, ${WRONG}`, server: 6379, says: /^failed: "WRONGPASS / },
    { check: `type: rediss, ${LOGIN}, ${OTHER_CA}`, server: 6380, says: /^failed: certificate is not valid: / },
    { check: "type: http", server: 6379, says: /^failed: / },
  ]);
});

Deno.test("mysql: a real MariaDB passes by its greeting, with a login and a query, over TLS, and fails without", async () => {
  await using _mariadb = await startMariadb();
  const query = 'database: d, query: "SELECT 6*7", expect: "42"';
  await assertChecks([
    { check: "type: mysql", server: 3306, says: /^healthy: version 5\.5\.5-10\.|^healthy: version 10\./ },
    { check: `type: mysql, ${LOGIN}, ${query}`, server: 3306, says: /^healthy: version .*, query gave "42"$/ },
    {
      check: `type: mysql, ${LOGIN}, ${query}, start_tls: true, ${TLS}`,
      server: 3306,
      says: /^healthy: version .*, query gave "42"$/,
    },
    { check: `type: mysql, ${WRONG}`, server: 3306, says: /^failed: error 1045 to login: Access denied/ },
    { check: `type: mysql, ${LOGIN}, database: other`, server: 3306, says: /^failed: error 1044 to login: / },
    { check: `type: mysql, ${LOGIN}, query: SELECT x`, server: 3306, says: /^failed: error 1054 to query: / },
    {
      check: `type: mysql, ${LOGIN}, query: "SELECT 1", expect: "2"`,
      server: 3306,
      says: /^failed: answer to the query does not contain "2"$/,
    },
    {
      check: `type: mysql, ${LOGIN}, start_tls: true, ${OTHER_CA}`,
      server: 3306,
      says: /^failed: certificate is not valid: /,
    },
    { check: "type: postgresql", server: 3306, says: /^failed: / },
  ]);
});

Deno.test("postgresql: a real server passes without a login, with one and a query, over TLS, and fails without", async () => {
  await using _postgresql = await startPostgresql();
  const query = 'database: postgres, query: "SELECT 6*7", expect: { regex: "^42$" }';
  await assertChecks([
    { check: "type: postgresql", server: 5432, says: /^healthy: refuses the login \(28000\)$/ },
    { check: `type: postgresql, ${LOGIN}, ${query}`, server: 5432, says: /^healthy: logged in, query gave "42"$/ },
    {
      check: `type: postgresql, ${LOGIN}, ${query}, start_tls: true, ${TLS}`,
      server: 5432,
      says: /^healthy: logged in, query gave "42"$/,
    },
    {
      check: `type: postgresql, ${WRONG}, database: postgres`,
      server: 5432,
      says: /^failed: error 28P01 to login: password authentication failed/,
    },
    { check: `type: postgresql, ${LOGIN}, database: other`, server: 5432, says: /^failed: error 3D000 to login: / },
    {
      check: `type: postgresql, ${LOGIN}, database: postgres, query: SELECT x`,
      server: 5432,
      says: /^failed: error 42703 to query: /,
    },
    {
      check: `type: postgresql, ${LOGIN}, start_tls: true, ${OTHER_CA}`,
      server: 5432,
      says: /^failed: certificate is not valid: /,
    },
    { check: "type: redis", server: 5432, says: /^failed: / },
  ]);
});

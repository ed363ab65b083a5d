import { tlsFile } from "../../../support/tls.ts";
import { assertChecks } from "../../probe_servers/check.ts";
import { PROBE_LOGIN } from "../../probe_servers/local_server.ts";
import {
  LDAP_USER,
  startChronyd,
  startDnsmasq,
  startNginx,
  startSlapd,
  startVsftpd,
} from "../../probe_servers/network_services.ts";

const TLS = `tls: { ca: ${tlsFile("ca.pem")} }`;
const START_TLS = `start_tls: true, ${TLS}`;
const OTHER_CA = `tls: { ca: ${tlsFile("other-ca.pem")} }`;

Deno.test("ldap: a real slapd passes by bind and entry, by StartTLS and over TLS, and fails without", async () => {
  await using _slapd = await startSlapd();
  const login = `login: { user: "${LDAP_USER}", password: "${PROBE_LOGIN.password}" }`;
  await assertChecks([
    { check: 'type: ldap, base: ""', server: 389, says: /^healthy: anonymous bind, entry found$/ },
    { check: `type: ldap, ${login}, base: "dc=lab"`, server: 389, says: /^healthy: bound, entry found$/ },
    { check: `type: ldap, ${login}, base: "dc=lab", ${START_TLS}`, server: 389, says: /^healthy: bound, entry found$/ },
    { check: `type: ldaps, ${login}, ${TLS}`, server: 636, says: /^healthy: bound$/ },
    {
      check: `type: ldap, login: { user: "${LDAP_USER}", password: wrong }`,
      server: 389,
      says: /^failed: invalidCredentials to bind$/,
    },
    { check: 'type: ldap, base: "dc=other"', server: 389, says: /^failed: noSuchObject to search/ },
    { check: `type: ldaps, ${OTHER_CA}`, server: 636, says: /^failed: certificate is not valid: / },
  ]);
});

Deno.test("dns: a real dnsmasq passes by record and response code over UDP and TCP, and fails otherwise", async () => {
  await using _dnsmasq = await startDnsmasq();
  const ask = (query: string, record: string, expect: string): string =>
    `type: dns, query: ${query}, record: ${record}, expect: { ${expect} }`;
  await assertChecks([
    { check: ask("www.lab", "A", "answer: 192.0.2.1"), server: 53, says: /^healthy: 192\.0\.2\.1$/ },
    {
      check: `transport: tcp, ${ask("www.lab", "AAAA", 'answer: "2001:db8::1"')}`,
      server: 53,
      says: /^healthy: 2001:db8::1$/,
    },
    { check: ask("alias.lab", "A", "regex: ^192"), server: 53, says: /^healthy: 192\.0\.2\.1$/ },
    { check: ask("lab", "MX", "answer: 10 www.lab."), server: 53, says: /^healthy: 10 www\.lab\.$/ },
    { check: ask("text.lab", "TXT", "regex: one two"), server: 53, says: /^healthy: "one two" / },
    {
      check: ask("_sip._udp.lab", "SRV", "answer: 1 2 5060 www.lab."),
      server: 53,
      says: /^healthy: 1 2 5060 www\.lab\.$/,
    },
    { check: ask("none.lab", "A", "rcode: NXDOMAIN"), server: 53, says: /^healthy: NXDOMAIN$/ },
    {
      check: ask("none.lab", "A", "rcode: NOERROR"),
      server: 53,
      says: /^failed: NXDOMAIN for none\.lab A, expected NOERROR$/,
    },
    {
      check: ask("www.lab", "A", "answer: 192.0.2.2"),
      server: 53,
      says: /^failed: none of the answers for www\.lab A is "192\.0\.2\.2": 192\.0\.2\.1$/,
    },
    { check: ask("example.org", "A", "rcode: NOERROR"), server: 53, says: /^failed: REFUSED for example\.org A/ },
  ]);
});

Deno.test("ntp: a real chronyd passes by its stratum and offset, and fails with another stratum", async () => {
  await using _chronyd = await startChronyd();
  await assertChecks([
    { check: "type: ntp, max_offset: 2s", server: 123, says: /^healthy: stratum 5, [+-]/ },
    { check: "type: ntp, max_stratum: 4", server: 123, says: /^failed: stratum 5, expected 4 at most$/ },
    { check: "type: ntp", server: 124, says: /^failed: connection refused / },
  ]);
});

Deno.test("ftp: a real vsftpd passes by login and file, and by AUTH TLS, and fails without", async () => {
  await using _vsftpd = await startVsftpd();
  const login = "login: { user: anonymous, password: a@b }";
  await assertChecks([
    { check: "type: ftp", server: 21, says: /^healthy: 220 / },
    { check: `type: ftp, ${login}, file: /name.txt`, server: 21, says: /^healthy: 213 4$/ },
    { check: `type: ftp, ${login}, ${START_TLS}`, server: 21, says: /^healthy: 230 / },
    { check: `type: ftp, ${login}, file: /other.txt`, server: 21, says: /^failed: 550 .* to SIZE$/ },
    { check: "type: ftp, login: { user: nobody-at-all, password: x }", server: 21, says: /^failed: 530 / },
  ]);
});

Deno.test("http and https: a real nginx passes by status, body, JSON, login, redirect and certificate, and fails otherwise", async () => {
  await using _nginx = await startNginx();
  const client = `certificate: ${tlsFile("client.pem")}, key: ${tlsFile("client.key")}`;
  const ca = `ca: ${tlsFile("ca.pem")}`;
  const login = `login: { user: ${PROBE_LOGIN.user}, password: "${PROBE_LOGIN.password}" }`;
  await assertChecks([
    {
      check: "type: http, expect: { body: welcome, regex: '^w.*lab' }",
      server: 80,
      says: /^healthy: status 200, body as expected$/,
    },
    {
      check: 'type: http, version: "1.0", path: /status.json, expect: { json: { path: "$.nodes[0].id", equals: 1 } }',
      server: 80,
      says: /^healthy: /,
    },
    {
      check: "type: http, path: /moved, redirects: 1, expect: { json: { path: $.status, equals: up } }",
      server: 80,
      says: /^healthy: /,
    },
    { check: "type: http, path: /moved", server: 80, says: /^failed: status 302, expected 200-299$/ },
    { check: "type: http, path: /away, redirects: 5", server: 80, says: /^failed: redirect to "https:/ },
    { check: `type: http, path: /private, ${login}`, server: 80, says: /^healthy: status 200$/ },
    { check: "type: http, path: /private", server: 80, says: /^failed: status 401/ },
    { check: "type: http, path: /gone, expect: { status: 500-599 }", server: 80, says: /^healthy: status 503$/ },
    {
      check:
        'type: http, method: POST, path: /echo, host: a.example, headers: ["X-Check: 7"], body: x, expect: { body: POST 7 a.example }',
      server: 80,
      says: /^healthy: /,
    },
    { check: "type: http, method: HEAD", server: 80, says: /^healthy: status 200$/ },
    {
      check: `type: https, tls: { ${ca}, server_name: server.example, warn_expiry: 3650d }`,
      server: 443,
      says: /^healthy: status 200$/,
    },
    {
      check: `type: https, tls: { ${ca}, server_name: other.example }`,
      server: 443,
      says: /^failed: certificate is not valid: hostname mismatch$/,
    },
    { check: `type: https, tls: { ${ca}, ${client} }`, server: 8443, says: /^healthy: status 200$/ },
    { check: `type: https, tls: { ${ca} }`, server: 8443, says: /^failed: status 400/ },
    {
      check: `type: https, tls: { ${ca} }`,
      server: 80,
      says: /^failed: TLS handshake failed: the server does not speak TLS$/,
    },
    { check: "type: http", server: 443, says: /^failed: status 400/ },
    {
      check: "type: http, expect: { regex: '^(([a-z ])+.)+[A-Z]([a-z])+$' }",
      server: 80,
      says: /^failed: body does not match /,
    },
  ]);
});

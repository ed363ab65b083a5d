import { tlsFile } from "../../../support/tls.ts";
import { assertChecks, type CheckCase } from "../../probe_servers/check.ts";
import { PROBE_LOGIN } from "../../probe_servers/local_server.ts";
import { startDovecot, startPostfix } from "../../probe_servers/mail.ts";

const LOGIN = `login: { user: ${PROBE_LOGIN.user}, password: "${PROBE_LOGIN.password}" }`;
const WRONG = `login: { user: ${PROBE_LOGIN.user}, password: wrong }`;
const TLS = `tls: { ca: ${tlsFile("ca.pem")} }`;
const START_TLS = `start_tls: true, ${TLS}`;
const OTHER_CA = `tls: { ca: ${tlsFile("other-ca.pem")} }`;

Deno.test("imap and pop3: a real Dovecot passes in the clear, by STARTTLS and over TLS, and fails with a wrong password", async () => {
  await using _dovecot = await startDovecot();
  const cases = [["imap", 143, 993, "OK|\\* OK"], ["pop3", 110, 995, "\\+OK"]] as const;
  await assertChecks(cases.flatMap(([type, port, tlsPort, ok]): CheckCase[] => [
    { check: `type: ${type}`, server: port, says: new RegExp(`^healthy: (${ok}) `) },
    { check: `type: ${type}, ${LOGIN}`, server: port, says: new RegExp(`^healthy: (${ok}) `) },
    { check: `type: ${type}, ${LOGIN}, ${START_TLS}`, server: port, says: new RegExp(`^healthy: (${ok}) `) },
    { check: `type: ${type}s, ${LOGIN}, ${TLS}`, server: tlsPort, says: new RegExp(`^healthy: (${ok}) `) },
    { check: `type: ${type}, ${WRONG}`, server: port, says: /^failed: .*[Aa]uthentication failed/ },
    { check: `type: ${type}s, ${OTHER_CA}`, server: tlsPort, says: /^failed: certificate is not valid: / },
    { check: `type: ${type}s, tls: { verify: false, warn_expiry: 3650d }`, server: tlsPort, says: /^healthy: / },
    { check: "type: smtp", server: port, says: /^failed: answer is not a reply: / },
  ]));
});

Deno.test("smtp: a real Postfix passes in the clear, by STARTTLS and over TLS, and fails with another authority", async () => {
  await using _postfix = await startPostfix();
  await assertChecks([
    { check: "type: smtp, helo: lb.example", server: 25, says: /^healthy: 250 mail\.example$/ },
    { check: `type: submission, ${START_TLS}`, server: 25, says: /^healthy: 250 mail\.example$/ },
    { check: `type: smtps, ${TLS}`, server: 465, says: /^healthy: 250 mail\.example$/ },
    { check: `type: smtp, start_tls: true, ${OTHER_CA}`, server: 25, says: /^failed: certificate is not valid: / },
    { check: `type: smtp, ${LOGIN}`, server: 25, says: /^failed: server does not offer AUTH$/ },
    { check: "type: imap", server: 25, says: /^failed: answer is not IMAP: "220 mail\.example/ },
  ]);
});

import assert from "node:assert/strict";
import { type Check, DEFAULT_TIMING, type TlsSettings } from "../../../../../core/model/mod.ts";
import { serveTcp, untilClosed } from "../../../../support/loopback.ts";
import { play } from "../../../../support/scripted_peer.ts";
import { type ServerCertificate, serveTls, tlsFile } from "../../../../support/tls.ts";
import { openProber } from "./real_prober.ts";

const TIMING = { ...DEFAULT_TIMING, intervalMs: 10_000, timeoutMs: 10_000 };
const CA = tlsFile("ca.pem");
const CENTURY_MS = 100 * 366 * 86_400_000;

async function say(certificate: ServerCertificate, tls: TlsSettings): Promise<string> {
  await using prober = openProber();
  await using server = serveTls((connection) => play(connection, {}), { certificate });
  const result = await prober.probe(server.target, { type: "tls", tls, ...TIMING });
  if (result.ok) return `ok: ${result.detail}${result.warning === undefined ? "" : ` [${result.warning}]`}`;
  return `${result.inconclusive ? "unknown" : "failed"}: ${result.reason}`;
}

const CASES: readonly (readonly [name: string, certificate: ServerCertificate, tls: TlsSettings, said: RegExp])[] = [
  ["a certificate for the address passes", "server", { verify: true, ca: CA }, /^ok: TLS established$/],
  [
    "a certificate for the name that is asked for passes",
    "server",
    { verify: true, ca: CA, serverName: "server.example" },
    /^ok: TLS established$/,
  ],
  [
    "a certificate for another name fails",
    "wrong-name",
    { verify: true, ca: CA },
    /^failed: certificate is not valid: ip address mismatch$/,
  ],
  [
    "a name that the certificate is not for fails",
    "server",
    { verify: true, ca: CA, serverName: "other.example" },
    /^failed: certificate is not valid: hostname mismatch$/,
  ],
  [
    "an expired certificate fails",
    "expired",
    { verify: true, ca: CA },
    /^failed: certificate is not valid: certificate has expired$/,
  ],
  [
    "a certificate of another authority fails",
    "server",
    { verify: true, ca: tlsFile("other-ca.pem") },
    /^failed: certificate is not valid: unable to get local issuer certificate$/,
  ],
  [
    "a certificate that the system does not know fails",
    "server",
    { verify: true },
    /^failed: certificate is not valid: unable to get local issuer certificate$/,
  ],
  ["an expired certificate passes without verification", "expired", { verify: false }, /^ok: TLS established$/],
  ["a wrong name passes without verification", "wrong-name", { verify: false }, /^ok: TLS established$/],
  [
    "a certificate that expires soon is warned of",
    "server",
    { verify: true, ca: CA, warnExpiryMs: CENTURY_MS },
    /^ok: TLS established \[certificate expires in \d+d\]$/,
  ],
  [
    "an expired certificate gives a warning without verification",
    "expired",
    { verify: false, warnExpiryMs: 1000 },
    /^ok: TLS established \[certificate has expired\]$/,
  ],
  [
    "a certificate that does not expire soon is not warned of",
    "server",
    { verify: true, ca: CA, warnExpiryMs: 86_400_000 },
    /^ok: TLS established$/,
  ],
  [
    "a client certificate is sent",
    "server",
    { verify: true, ca: CA, certificate: tlsFile("client.pem"), key: tlsFile("client.key") },
    /^ok: TLS established$/,
  ],
  [
    "a missing file of authorities says nothing of the server",
    "server",
    { verify: true, ca: "/no/such.pem" },
    /^unknown: cannot use the authorities in \/no\/such\.pem: /,
  ],
  [
    "a device in place of the authorities is never read",
    "server",
    { verify: true, ca: "/dev/zero" },
    /^unknown: cannot use \/dev\/zero: it is a device, not a regular file$/,
  ],
  [
    "a device in place of a key is never read",
    "server",
    { verify: true, ca: CA, certificate: tlsFile("client.pem"), key: "/dev/zero" },
    /^unknown: cannot use \/dev\/zero: it is a device, not a regular file$/,
  ],
  [
    "a key of another certificate says nothing of the server",
    "server",
    { verify: true, ca: CA, certificate: tlsFile("client.pem"), key: tlsFile("server.key") },
    /^unknown: cannot use the key in .*server\.key: key values mismatch$/,
  ],
];

for (const [name, certificate, tls, said] of CASES) {
  Deno.test(`tls: ${name}`, async () => assert.match(await say(certificate, tls), said));
}

Deno.test("tls: a server without TLS fails", async () => {
  await using prober = openProber();
  await using server = serveTcp((connection) => play(connection, { greeting: "220 hello\r\n" }));
  const result = await prober.probe(server.target, { type: "tls", tls: { verify: false }, ...TIMING });
  assert.equal(result.ok ? "" : result.reason, "TLS handshake failed: the server does not speak TLS");
});

Deno.test("tls: a renewed file of authorities is taken up", async () => {
  await using prober = openProber();
  await using server = serveTls((connection) => play(connection, {}));
  const ca = await Deno.makeTempFile();
  const probe = async (): Promise<boolean> =>
    (await prober.probe(server.target, { type: "tls", tls: { verify: true, ca }, ...TIMING })).ok;
  await Deno.copyFile(tlsFile("other-ca.pem"), ca);
  await Deno.utime(ca, 1, 1);
  assert.equal(await probe(), false);
  await Deno.copyFile(CA, ca);
  await Deno.utime(ca, 2, 2);
  assert.equal(await probe(), true);
  await Deno.remove(ca);
});

const INJECTED: readonly (readonly [type: Check["type"], greeting: string, asked: RegExp, answer: string])[] = [
  ["smtp", "220 hi\r\n", /EHLO .*\r\n/, "250-hi\r\n250 STARTTLS\r\n"],
  ["pop3", "+OK\r\n", /STLS\r\n/, "+OK go\r\n+OK and in the clear\r\n"],
  ["imap", "* OK\r\n", /STARTTLS\r\n/, "s OK go\r\nl OK in the clear\r\n"],
];

for (const [type, greeting, asked, answer] of INJECTED) {
  Deno.test(`${type}: what comes in the clear behind the answer to STARTTLS is refused`, async () => {
    await using prober = openProber();
    await using server = serveTcp(async (connection) => {
      const more = type === "smtp" ? [[/STARTTLS\r\n/, "220 go\r\n250 in the clear\r\n"] as const] : [];
      await play(connection, { greeting, turns: [[asked, answer], ...more] });
      await untilClosed(connection);
    });
    const check = { type, helo: "a", startTls: true, tls: { verify: false }, ...TIMING } as Check;
    const result = await prober.probe(server.target, check);
    assert.equal(result.ok ? "" : result.reason, "server continues in the clear after agreeing to TLS");
  });
}

Deno.test("smtp: a server that does not offer STARTTLS fails where it is asked for", async () => {
  await using prober = openProber();
  await using server = serveTcp((connection) =>
    play(connection, { greeting: "220 hi\r\n", turns: [[/EHLO .*\r\n/, "250 hi\r\n"]] })
  );
  const check: Check = { type: "smtp", helo: "a", startTls: true, tls: { verify: false }, ...TIMING };
  const result = await prober.probe(server.target, check);
  assert.equal(result.ok ? "" : result.reason, "server does not offer STARTTLS");
});

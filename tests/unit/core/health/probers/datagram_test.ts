import assert from "node:assert/strict";
import { type Check, DEFAULT_TIMING, DEFAULT_TLS, parseIpAddress } from "../../../../../core/model/mod.ts";
import { hmacMd5, joined, md5 } from "../../../../../core/health/probers/md5.ts";
import { FakeClock } from "../../../../support/fake_clock.ts";
import { eventLoopTurns } from "../../../../support/loopback.ts";
import { fromLatin1, latin1 } from "../../../../support/scripted_peer.ts";
import { serveUdp } from "../../../../support/udp.ts";
import { openProber, verdict } from "./real_prober.ts";

const TIMING = { ...DEFAULT_TIMING, intervalMs: 10_000, timeoutMs: 10_000 };

const UDP: Check = { type: "udp", send: "ping", expect: { text: "pong" }, ...TIMING };
const DNS: Check = {
  type: "dns",
  transport: "udp",
  query: "example.org",
  recordType: "MX",
  recursion: true,
  expect: { rcode: "NOERROR", answer: "10 mail.example.org." },
  ...TIMING,
};
const NTP: Check = { type: "ntp", maxStratum: 3, ...TIMING };
const RADIUS: Check = {
  type: "radius",
  secret: "s3cret",
  login: { user: "joe", password: "a long pass word" },
  ...TIMING,
};
const SIP: Check = { type: "sip", transport: "udp", status: [[200, 200]], tls: DEFAULT_TLS, ...TIMING };

/** Answers a query with header flags and records. */
function dnsAnswer(query: Uint8Array, options: { readonly flags: number; readonly records: string }): Uint8Array {
  const { flags, records } = options;
  const answer = joined(query, fromLatin1(records));
  answer[2] = flags >> 8;
  answer[3] = flags & 255;
  answer[7] = records === "" ? 0 : 1;
  return answer;
}

const MX = "\xc0\x0c\x00\x0f\x00\x01\x00\x00\x00\x3c\x00\x09\x00\x0a\x04mail\xc0\x0c";

function ntpAnswer(request: Uint8Array, change: (view: DataView) => void = () => {}): Uint8Array {
  const answer = new Uint8Array(48);
  const view = new DataView(answer.buffer);
  view.setUint8(0, 0x24);
  view.setUint8(1, 2);
  answer.set(request.subarray(40, 48), 24);
  const now = (Date.now() + 2_208_988_800_000) / 1000;
  for (const at of [32, 40]) {
    view.setUint32(at, Math.floor(now));
    view.setUint32(at + 4, Math.floor((now % 1) * 2 ** 32));
  }
  change(view);
  return answer;
}

function radiusAnswer(request: Uint8Array, options: { readonly code: number; readonly secret: string }): Uint8Array {
  const answer = request.slice(0, 20);
  answer[0] = options.code;
  answer[2] = 0;
  answer[3] = 20;
  answer.set(md5(joined(answer, fromLatin1(options.secret))), 4);
  return answer;
}

/** Whether a RADIUS request is signed, and hides the password, as it should. */
function isGoodRequest(request: Uint8Array): boolean {
  const secret = fromLatin1("s3cret");
  const unsigned = request.slice();
  unsigned.fill(0, 22, 38);
  const isSigned = latin1(hmacMd5(secret, unsigned)) === latin1(request.subarray(22, 38));
  const at = latin1(request).indexOf("\x02\x12");
  const mask = md5(joined(secret, request.subarray(4, 20)));
  return isSigned &&
    latin1(request.subarray(at + 2, at + 18).map((byte, index) => byte ^ (mask[index] ?? 0))) === "a long pass word";
}

function sipAnswer(request: Uint8Array, status: string): Uint8Array {
  const callId = /^Call-ID: .*$/m.exec(latin1(request))?.[0];
  return fromLatin1(`SIP/2.0 ${status}\r\n${callId}\r\n\r\n`);
}

/** Checks, servers, and expected results. */
const CASES:
  readonly (readonly [name: string, check: Check, answer: (datagram: Uint8Array) => Uint8Array[], said: string])[] = [
    [
      "udp: a healthy server passes",
      UDP,
      (heard) => latin1(heard) === "ping" ? [fromLatin1("pong")] : [],
      'ok: answer "pong"',
    ],
    ["udp: another answer fails", UDP, () => [fromLatin1("what?")], 'failed: answer does not contain "pong"'],
    [
      "udp: without an expectation an answer passes",
      { type: "udp", ...TIMING },
      () => [fromLatin1("x")],
      "ok: no answer, and no refusal",
    ],
    [
      "dns: a healthy server passes",
      DNS,
      (query) => [dnsAnswer(query, { flags: 0x8180, records: MX })],
      "ok: 10 mail.example.org.",
    ],
    [
      "dns: an answer to another query is no answer",
      DNS,
      (query) => {
        const stray = dnsAnswer(query, { flags: 0x8183, records: "" });
        stray[0] = (stray[0] ?? 0) ^ 1;
        return [stray, fromLatin1("garbage"), query, dnsAnswer(query, { flags: 0x8180, records: MX })];
      },
      "ok: 10 mail.example.org.",
    ],
    [
      "dns: a missing record fails",
      DNS,
      (query) => [dnsAnswer(query, { flags: 0x8180, records: "" })],
      'failed: none of the answers for example.org MX is "10 mail.example.org.": no answers',
    ],
    [
      "dns: another response code fails",
      DNS,
      (query) => [dnsAnswer(query, { flags: 0x8182, records: "" })],
      "failed: SERVFAIL for example.org MX, expected NOERROR",
    ],
    [
      "dns: a name that leads round in circles fails",
      DNS,
      (query) => [dnsAnswer(query, { flags: 0x8180, records: "\xc0\x1d" })],
      "failed: answer has a broken name",
    ],
    [
      "dns: an answer cut short fails",
      DNS,
      (query) => [dnsAnswer(query, { flags: 0x8180, records: MX.slice(0, 20) })],
      "failed: answer is cut short",
    ],
    [
      "ntp: a high stratum fails",
      NTP,
      (heard) => [ntpAnswer(heard, (view) => view.setUint8(1, 4))],
      "failed: stratum 4, expected 3 at most",
    ],
    [
      "ntp: an unsynchronised server fails",
      NTP,
      (heard) => [ntpAnswer(heard, (view) => view.setUint8(0, 0xe4))],
      "failed: server is not synchronised",
    ],
    [
      "ntp: a server that sends us away fails",
      NTP,
      (heard) => [
        ntpAnswer(heard, (view) => {
          view.setUint8(1, 0);
          view.setUint32(12, 0x52415445);
        }),
      ],
      "failed: server refuses the request (RATE)",
    ],
    [
      "radius: a login that is accepted passes",
      RADIUS,
      (heard) => isGoodRequest(heard) ? [radiusAnswer(heard, { code: 2, secret: "s3cret" })] : [],
      "ok: Access-Accept",
    ],
    [
      "radius: a login that is refused fails",
      RADIUS,
      (heard) => [radiusAnswer(heard, { code: 3, secret: "s3cret" })],
      "failed: Access-Reject",
    ],
    [
      "radius: an answer signed with another secret fails",
      RADIUS,
      (heard) => [radiusAnswer(heard, { code: 2, secret: "other" })],
      "failed: answer is not signed with the secret",
    ],
    [
      "radius: Status-Server is asked without a login",
      { type: "radius", secret: "s3cret", ...TIMING },
      (heard) => heard[0] === 12 ? [radiusAnswer(heard, { code: 2, secret: "s3cret" })] : [],
      "ok: Access-Accept",
    ],
    [
      "sip: a healthy server passes, with an answer on the way",
      SIP,
      (heard) => [sipAnswer(heard, "100 Trying"), sipAnswer(heard, "200 OK")],
      "ok: status 200",
    ],
    ["sip: another status fails", SIP, (heard) => [sipAnswer(heard, "503 Busy")], "failed: status 503, expected 200"],
    ["sip: garbage fails", SIP, () => [fromLatin1("\0\xff")], 'failed: answer is not SIP: ".."'],
  ];

for (const [name, check, answer, said] of CASES) {
  Deno.test(name, async () => {
    await using prober = openProber();
    await using server = await serveUdp(answer);
    const clock = new FakeClock();
    const pending = prober.probe(server.target, check, { clock });
    // Only a probe that waits for silence lets time pass.
    if (check.type === "udp" && check.expect === undefined) {
      await eventLoopTurns(50);
      await clock.advance(2500);
    }
    const result = await pending;
    const text = result.ok ? `ok: ${result.detail}` : `failed: ${result.reason}`;
    assert.equal(name.endsWith("an answer passes") ? text.replace(/ok: .*/, said) : text, said);
  });
}

Deno.test("ntp: a healthy server passes, with its offset as the detail", async () => {
  await using prober = openProber();
  await using server = await serveUdp((heard) => [ntpAnswer(heard)]);
  const result = await prober.probe(server.target, { type: "ntp", maxStratum: 2, maxOffsetMs: 5000, ...TIMING });
  assert.match(result.ok ? result.detail : result.reason, /^stratum 2, [+-]\d+\.\dms$/);
});

Deno.test("ntp: a time that is far away fails", async () => {
  await using prober = openProber();
  await using server = await serveUdp((heard) => [
    ntpAnswer(heard, (view) => {
      for (const at of [32, 40]) view.setUint32(at, view.getUint32(at) + 3600);
    }),
  ]);
  const result = await prober.probe(server.target, { type: "ntp", maxStratum: 2, maxOffsetMs: 5000, ...TIMING });
  assert.match(
    result.ok ? result.detail : result.reason,
    /^time is \+3[56]\d{5}\.\dms from here, expected 5s at most$/,
  );
});

for (const check of [UDP, DNS, NTP, RADIUS, SIP]) {
  Deno.test(`${check.type}: a closed port fails at once`, async () => {
    await using prober = openProber();
    const server = await serveUdp(() => []);
    await server[Symbol.asyncDispose]();
    const result = await prober.probe(server.target, check);
    assert.deepEqual(verdict(result), { ok: false, reason: "connection refused (ECONNREFUSED)", failure: "refused" });
  });

  Deno.test(`${check.type}: a server that says nothing is asked three times, and fails at the deadline`, async () => {
    await using prober = openProber();
    await using server = await serveUdp(() => []);
    const clock = new FakeClock();
    const pending = prober.probe(server.target, check, { clock });
    for (let third = 0; third < 3; third++) {
      await eventLoopTurns(20);
      await clock.advance(third < 2 ? 3334 : 3332);
    }
    assert.deepEqual(verdict(await pending), { ok: false, reason: "no answer within 10s", failure: "timeout" });
    await eventLoopTurns(20);
    assert.equal(server.received, 3);
    assert.equal(clock.pending, 0);
  });
}

for (const address of ["127.0.0.1", "::1"]) {
  Deno.test(`ping: ${address} answers`, { ignore: !mayPing() }, async () => {
    await using prober = openProber();
    const target = { address: parseIpAddress(address), port: 0 };
    assert.deepEqual(verdict(await prober.probe(target, { type: "ping", ...TIMING })), {
      ok: true,
      detail: "echo reply",
    });
  });
}

/** Sockets for ICMP need root; tests in the lab run as root. */
function mayPing(): boolean {
  return Deno.uid() === 0;
}

Deno.test("udp: a probe comes from the source address of the check", async () => {
  await using prober = openProber();
  await using server = await serveUdp(() => [fromLatin1("pong")]);
  const from = { ...UDP, source: parseIpAddress("127.0.0.9") };
  assert.equal((await prober.probe(server.target, from)).ok, true);
  const elsewhere = await prober.probe(server.target, { ...UDP, source: parseIpAddress("192.0.2.77") });
  assert.deepEqual(verdict(elsewhere), {
    ok: false,
    reason: "cannot use the source address 192.0.2.77 (EADDRNOTAVAIL)",
    inconclusive: true,
  });
});

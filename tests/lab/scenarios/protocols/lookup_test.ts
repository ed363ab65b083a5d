import assert from "node:assert/strict";
import { assertInTurn, ProtocolBench, repeat } from "../../protocol_bench.ts";
import { startChronyd } from "../../servers/chronyd.ts";
import { DNS_NAME, startDnsmasq } from "../../servers/dnsmasq.ts";
import { LDAP_BASE, LDAP_USER, startSlapd } from "../../servers/slapd.ts";

Deno.test("LDAP is balanced over servers of slapd", async () => {
  await using bench = await ProtocolBench.create();
  for (const place of bench.places) await startSlapd(place);
  await bench.balance({ port: 389 });

  const url = `ldap://${bench.vip}/${LDAP_BASE}?description?base`;
  const search = async (options: readonly string[]): Promise<string> => {
    const entry = await bench.curl([...options, url]);
    return /^\s*description: (.*)$/m.exec(entry)?.[1] ?? "";
  };
  assertInTurn(await repeat(4, () => search([])));
  assertInTurn(await repeat(4, () => search(["--user", `${LDAP_USER.dn}:${LDAP_USER.password}`])));
  const wrong = ["curl", "--silent", "--max-time", "60", "--user", `${LDAP_USER.dn}:wrong`, url];
  assert.equal((await bench.run(wrong)).code, 67, "the servers themselves decide who can log in");
});

Deno.test("DNS over UDP and TCP is balanced over servers of dnsmasq", async () => {
  await using bench = await ProtocolBench.create();
  for (const place of bench.places) await startDnsmasq(place);
  await bench.balance({ protocol: "udp", port: 53 });
  await bench.balance({ protocol: "tcp", port: 53 });

  const dig = (options: readonly string[]): Promise<string> =>
    bench.must(["dig", `@${bench.vip}`, "+tries=1", "+time=30", "+short", ...options]);
  for (const transport of ["+notcp", "+tcp"]) {
    const names = await repeat(6, async () => (await dig([transport, DNS_NAME, "TXT"])).trim().replaceAll('"', ""));
    assertInTurn(names);
  }
  const addresses = await repeat(2, async () => (await dig([DNS_NAME, "A"])).trim());
  assert.deepEqual(addresses.toSorted(), bench.places.map(({ address }) => address));
});

Deno.test("NTP is balanced over servers of chronyd", async () => {
  await using bench = await ProtocolBench.create();
  const strata: readonly number[] = [3, 7];
  for (const [index, place] of bench.places.entries()) await startChronyd(place, strata[index] ?? 0);
  await bench.balance({ protocol: "udp", port: 123 });

  const names = await repeat(6, async () => {
    const answer = JSON.parse(await bench.must(["ntpdig", "--json", "--samples", "1", "--timeout", "30", bench.vip]));
    // All are of one machine.
    assert.ok(Math.abs(answer.offset) < 5, `an offset of ${answer.offset} s`);
    return bench.places[strata.indexOf(answer.stratum)]?.name ?? "";
  });
  assertInTurn(names);
});

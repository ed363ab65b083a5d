import assert from "node:assert/strict";
import { assertInTurn, ProtocolBench, repeat } from "../../protocol_bench.ts";
import { makeCertificate } from "../../servers/certificate.ts";
import { LARGE_BYTES, startNginx } from "../../servers/nginx.ts";
import { startTinyproxy } from "../../servers/tinyproxy.ts";

const HOST = "web.lab";

Deno.test("HTTP and HTTPS are balanced over servers of nginx", async () => {
  await using bench = await ProtocolBench.create();
  const certificate = await makeCertificate(HOST);
  for (const place of bench.places) await startNginx(place, { port: 8081, tls: { port: 8443, certificate } });
  await bench.balance({ port: 80, serverPort: 8081 });
  await bench.balance({ port: 443, serverPort: 8443 });

  const name = (text: string): string => text.trim();
  assertInTurn(await repeat(6, async () => name(await bench.curl([`http://${bench.vip}/`]))));
  const trusted = ["--cacert", certificate.certificate, "--resolve", `${HOST}:443:${bench.vip}`];
  assertInTurn(await repeat(6, async () => name(await bench.curl([...trusted, `https://${HOST}/`]))));
  assert.equal(await bench.curl([...trusted, `https://${HOST}/scheme`]), "https\n");

  // A connection stays where it is, request after request.
  const onOneConnection = await bench.curl(Array.from({ length: 6 }, () => `http://${bench.vip}/`));
  assert.match(onOneConnection, /^(r\d\n)\1{5}$/);
  for (const url of [`http://${bench.vip}/large`, `https://${HOST}/large`]) {
    assert.equal(await bench.curl([...trusted, url]), "x".repeat(LARGE_BYTES), url);
  }
});

Deno.test("an HTTP proxy is balanced over servers of Tinyproxy", async () => {
  await using bench = await ProtocolBench.create();
  for (const place of bench.places) await startTinyproxy(place, 8888);
  await startNginx(bench.third, { port: 8081 });
  await bench.balance({ port: 3128, serverPort: 8888 });

  const origin = `http://${bench.third.address}:8081`;
  const proxy = ["--proxy", `http://${bench.vip}:3128`];
  const proxies = await repeat(6, async () => {
    const answer = await bench.curl([...proxy, "--include", `${origin}/`]);
    assert.match(answer, /^HTTP\/1\.\d 200 [^]*\r\n\r\nr3\n$/, "of the web server behind it");
    const [, via = ""] = /^Via: 1\.\d (\S+) /im.exec(answer) ?? [];
    return via;
  });
  assertInTurn(proxies);
  assert.equal(await bench.curl([...proxy, `${origin}/large`]), "x".repeat(LARGE_BYTES));
  // The client has no other way to the web server.
  assert.equal((await bench.run(["curl", "--silent", "--max-time", "60", `${origin}/`])).code, 7);
});

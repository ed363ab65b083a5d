import assert from "node:assert/strict";
import { formatListenAddress, isLocalListenAddress, parseListenAddress } from "../../../../core/model/mod.ts";

Deno.test("parseListenAddress() reads ports and paths, and isLocalListenAddress() knows what the network reaches", () => {
  const rows: readonly (readonly [text: string, formatted: string, isLocal: boolean])[] = [
    ["127.0.0.1:9180", "http://127.0.0.1:9180", true],
    ["127.8.8.8:1", "http://127.8.8.8:1", true],
    ["localhost:9180", "http://127.0.0.1:9180", true],
    ["[::1]:9180", "http://[::1]:9180", true],
    ["unix:/run/lvsctl/http.sock", "unix:/run/lvsctl/http.sock", true],
    ["/run/lvsctl/http.sock", "unix:/run/lvsctl/http.sock", true],
    ["0.0.0.0:80", "http://0.0.0.0:80", false],
    ["[::]:80", "http://[::]:80", false],
    ["192.0.2.1:80", "http://192.0.2.1:80", false],
    ["[::ffff:127.0.0.1]:80", "http://[::ffff:127.0.0.1]:80", false],
  ];
  for (const [text, formatted, local] of rows) {
    const address = parseListenAddress(text);
    assert.deepEqual([formatListenAddress(address), isLocalListenAddress(address)], [formatted, local], text);
  }
});

Deno.test("parseListenAddress() refuses everything else", () => {
  for (
    const text of [
      "",
      "9180",
      ":9180",
      "127.0.0.1",
      "127.0.0.1:0",
      "127.0.0.1:70000",
      "host:80",
      "unix:",
      "unix:a",
      "/a/",
    ]
  ) {
    assert.throws(() => parseListenAddress(text), /is not an address to listen at; write IP:PORT/, text);
  }
});

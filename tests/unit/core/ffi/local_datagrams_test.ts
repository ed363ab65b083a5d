import assert from "node:assert/strict";
import { openLocalDatagrams } from "../../../../core/system/datagrams.ts";
import { DatagramListener } from "../../../support/datagram_listener.ts";

const TEXT = new TextEncoder();

Deno.test("LocalDatagrams sends to a socket, and to its replacement", async () => {
  const directory = await Deno.makeTempDir();
  const path = `${directory}/log`;
  using datagrams = openLocalDatagrams();
  {
    await using listener = await DatagramListener.listen(path);
    datagrams.send(path, TEXT.encode("READY=1\n"));
    datagrams.send(path, TEXT.encode("\u00e4"));
    assert.deepEqual([await listener.next(), await listener.next()], ["READY=1\n", "\u00e4"]);
  }
  assert.throws(() => datagrams.send(path, TEXT.encode("a")), { name: "SocketFailure", code: "ECONNREFUSED" });
  await Deno.remove(path);
  assert.throws(() => datagrams.send(path, TEXT.encode("a")), { name: "SocketFailure", code: "ENOENT" });
  await using listener = await DatagramListener.listen(path);
  datagrams.send(path, TEXT.encode("again"));
  assert.equal(await listener.next(), "again");
  await Deno.remove(directory, { recursive: true });
});

Deno.test("LocalDatagrams reports a receiver that is too slow, and never waits", async () => {
  const directory = await Deno.makeTempDir();
  const path = `${directory}/log`;
  await using listener = await DatagramListener.listen(path);
  listener.pause();
  using datagrams = openLocalDatagrams();
  const fill = (): void => {
    for (let index = 0; index < 10_000; index++) datagrams.send(path, TEXT.encode("a"));
  };
  assert.throws(fill, { name: "SocketFailure", code: "EAGAIN" });
  await Deno.remove(directory, { recursive: true });
});

Deno.test("LocalDatagrams supports the abstract namespace, and refuses paths that are too long", () => {
  using datagrams = openLocalDatagrams();
  const nobody = `@lvsctl-test-${crypto.randomUUID()}`;
  assert.throws(() => datagrams.send(nobody, TEXT.encode("a")), { name: "SocketFailure", code: "ECONNREFUSED" });
  assert.throws(() => datagrams.send(`/${"a".repeat(107)}`, TEXT.encode("a")), { code: "ENAMETOOLONG" });
});

import assert from "node:assert/strict";
import { LvsctlError } from "../../../../core/errors/mod.ts";
import { RawSockets } from "../../../../core/ffi/mod.ts";

Deno.test("LocalListener accepts connections of its user, replaces a left socket, and removes its own", async () => {
  const directory = Deno.makeTempDirSync();
  const path = `${directory}/x.sock`;
  using sockets = new RawSockets();
  const left = sockets.listen(path);
  {
    using listener = sockets.listen(path);
    assert.equal((Deno.statSync(path).mode ?? 0) & 0o777, 0o600);
    assert.equal(listener.accept(), undefined);
    using connection = await Deno.connect({ transport: "unix", path });
    // The former one does not remove what has replaced its socket.
    left[Symbol.dispose]();
    assert.equal(Deno.statSync(path).isSocket, true);
    const descriptor = listener.accept();
    assert.ok(descriptor !== undefined);
    await connection.write(new TextEncoder().encode("hello"));
    sockets.wait([descriptor], 1000);
    assert.equal(new TextDecoder().decode(sockets.read(descriptor, new Uint8Array(16))), "hello");
    sockets.write(descriptor, new TextEncoder().encode("world"));
    const buffer = new Uint8Array(16);
    assert.equal(await connection.read(buffer), 5);
    sockets.close(descriptor);
    assert.equal(await connection.read(buffer), null);
  }
  assert.throws(() => Deno.statSync(path), Deno.errors.NotFound);
  assert.throws(() => sockets.listen(`/tmp/${"x".repeat(108)}`), LvsctlError);
  assert.throws(() => sockets.listen(`${directory}/none/x.sock`), /Cannot listen at .*ENOENT/);
  Deno.removeSync(directory, { recursive: true });
});

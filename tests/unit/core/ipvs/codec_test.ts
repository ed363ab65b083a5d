import assert from "node:assert/strict";
import fc from "fast-check";
import {
  daemonValues,
  readDaemon,
  readServer,
  readService,
  serverValues,
  serviceValues,
} from "../../../../core/ipvs/codec.ts";
import {
  COMMAND,
  DAEMON,
  DEST,
  DEST_SETTINGS,
  INFO,
  SERVICE,
  SERVICE_SETTINGS,
  STATISTICS32,
  STATISTICS64,
} from "../../../../core/ipvs/tables.ts";
import { DEFAULT_TUNNEL, serviceFamily, type SyncDaemon } from "../../../../core/model/mod.ts";
import { type AttributeTable, type AttributeValues, decodeAttributes } from "../../../../core/netlink/mod.ts";
import {
  anyAddress,
  anyServer,
  anyService,
  anyServiceId,
  anySyncDaemon,
  PROPERTY,
} from "../../../support/arbitraries.ts";
import { realServer, serviceId, virtualService } from "../../../support/samples.ts";
import { encodeNested } from "../../../support/encoding.ts";

/** Any values of a table: some attributes, each of its kind. */
function anyValues<T extends AttributeTable>(table: T): fc.Arbitrary<AttributeValues<T>> {
  const u32 = fc.integer({ min: 0, max: 0xffffffff });
  const kinds = {
    u8: fc.integer({ min: 0, max: 0xff }),
    u16: fc.integer({ min: 0, max: 0xffff }),
    be16: fc.integer({ min: 0, max: 0xffff }),
    u32,
    be32: u32,
    u64: fc.bigInt({ min: 0n, max: 0xffffffffffffffffn }),
    u32pair: fc.tuple(u32, u32),
    string: fc.string({ maxLength: 15 }).filter((text) => !text.includes("\0")),
    nested: fc.uint8Array({ maxLength: 5 }).map((bytes) => new Uint8Array(bytes.length * 4)),
  };
  const model: Record<string, fc.Arbitrary<unknown>> = {};
  for (const [name, { kind, length }] of Object.entries(table)) {
    model[name] = kind === "binary" ? fc.uint8Array({ minLength: length ?? 0, maxLength: length ?? 0 }) : kinds[kind];
  }
  // Each value was made by the kind that the table gives for its name, which is what the type says.
  return fc.record(model, { requiredKeys: [], noNullPrototype: true }) as fc.Arbitrary<AttributeValues<T>>;
}

const TABLES = {
  COMMAND,
  SERVICE,
  SERVICE_SETTINGS,
  DEST,
  DEST_SETTINGS,
  STATISTICS64,
  STATISTICS32,
  DAEMON,
  INFO,
} as const;

for (const [name, table] of Object.entries<AttributeTable>(TABLES)) {
  Deno.test(`${name} decodes what it encodes`, () => {
    fc.assert(
      fc.property(anyValues(table), (values) => {
        assert.deepEqual(decodeAttributes(encodeNested(table, values), table), values);
      }),
      PROPERTY,
    );
  });

  Deno.test(`${name} gives every attribute a number of its own`, () => {
    const types = Object.values(table).map(({ type }) => type);
    assert.equal(new Set(types).size, types.length);
  });
}

Deno.test("readService() reads what serviceValues() writes", () => {
  fc.assert(
    fc.property(anyServiceId.chain(anyService), (service) => {
      const bytes = encodeNested(SERVICE_SETTINGS, serviceValues(service));
      assert.deepEqual(readService(decodeAttributes(bytes, SERVICE)), service);
    }),
    PROPERTY,
  );
});

Deno.test("readServer() reads what serverValues() writes", () => {
  const anyPair = fc.tuple(anyServiceId, anyAddress)
    .chain(([id, address]) => fc.tuple(fc.constant(id), anyServer(id, address)));
  fc.assert(
    fc.property(anyPair, ([id, server]) => {
      const bytes = encodeNested(DEST_SETTINGS, serverValues(server));
      assert.deepEqual(readServer(decodeAttributes(bytes, DEST), serviceFamily(id)), server);
    }),
    PROPERTY,
  );
});

Deno.test("readDaemon() reads what daemonValues() writes, with and without optional settings", () => {
  const anyDaemon = fc.tuple(fc.constantFrom("master" as const, "backup" as const).chain(anySyncDaemon), fc.nat(15))
    .map(([daemon, left]): SyncDaemon => ({
      role: daemon.role,
      interface: daemon.interface,
      syncId: daemon.syncId,
      ...((left & 1) === 0 && daemon.maxLength !== undefined ? { maxLength: daemon.maxLength } : {}),
      ...((left & 2) === 0 && daemon.group !== undefined ? { group: daemon.group } : {}),
      ...((left & 4) === 0 && daemon.port !== undefined ? { port: daemon.port } : {}),
      ...((left & 8) === 0 && daemon.ttl !== undefined ? { ttl: daemon.ttl } : {}),
    }));
  fc.assert(
    fc.property(anyDaemon, (daemon) => {
      assert.deepEqual(readDaemon(decodeAttributes(encodeNested(DAEMON, daemonValues(daemon)), DAEMON)), daemon);
    }),
    PROPERTY,
  );
});

const SERVICE_VALUES = serviceValues(virtualService("tcp://192.0.2.10:80"));
const SERVER_VALUES = serverValues(realServer("10.0.0.11:80", { forward: "tun" }));

Deno.test("readService() names the missing or unknown attribute", () => {
  for (const name of ["family", "protocol", "address", "port", "scheduler", "flags", "netmask"] as const) {
    const { [name]: _left, ...values } = SERVICE_VALUES;
    assert.throws(() => readService(values), new RegExp(`attribute ${name} is missing`));
  }
  assert.throws(() => readService({ ...SERVICE_VALUES, family: 3 }), /unknown address family 3/);
  assert.throws(() => readService({ ...SERVICE_VALUES, protocol: 1 }), /unknown protocol 1/);
});

Deno.test("readService() needs the timeout only of a persistent service", () => {
  const { timeout: _timeout, ...values } = SERVICE_VALUES;
  assert.equal(readService(values).persistence, undefined);
  assert.throws(() => readService({ ...values, flags: [1, 0] }), /attribute timeout is missing/);
});

Deno.test("readService() ignores the kernel's own flags", () => {
  // IP_VS_SVC_F_HASHED, and bits that do not exist yet.
  const service = readService({ ...SERVICE_VALUES, flags: [0xffffffc2, 0xffffffff] });
  assert.deepEqual(service, virtualService("tcp://192.0.2.10:80"));
});

Deno.test("readService() reads a firewall mark of 0 as none", () => {
  assert.deepEqual(readService({ ...SERVICE_VALUES, mark: 0 }).id, serviceId("tcp://192.0.2.10:80"));
});

Deno.test("readServer() names the missing or unknown attribute", () => {
  for (const name of ["address", "port", "forward", "weight", "upperThreshold", "lowerThreshold"] as const) {
    const { [name]: _left, ...values } = SERVER_VALUES;
    assert.throws(() => readServer(values, "ipv4"), new RegExp(`attribute ${name} is missing`));
  }
  assert.throws(() => readServer({ ...SERVER_VALUES, forward: 7 }, "ipv4"), /unknown forwarding method 7/);
  assert.throws(() => readServer({ ...SERVER_VALUES, family: 0 }, "ipv4"), /unknown address family 0/);
  assert.throws(() => readServer({ ...SERVER_VALUES, tunnelType: 3 }, "ipv4"), /unknown tunnel type 3/);
  assert.throws(() => readServer({ ...SERVER_VALUES, tunnelFlags: 3 }, "ipv4"), /unknown tunnel checksum option 3/);
});

Deno.test("serverValues() writes the kernel's own local as dr", () => {
  const [local, dr] = (["local", "dr"] as const).map((forward) =>
    serverValues(realServer("10.0.0.11:80", { forward }))
  );
  assert.deepEqual(local, dr);
});

Deno.test("readServer() reads the forwarding method from the low bits alone", () => {
  // Old kernels send all flags of a connection: here IP_VS_CONN_F_NOOUTPUT and IP_VS_CONN_F_INACTIVE too.
  assert.equal(readServer({ ...SERVER_VALUES, forward: 0x103 }, "ipv4").forward, "dr");
});

Deno.test("readServer() uses the service's family and a plain tunnel for old kernels, which report neither", () => {
  const { family: _family, tunnelType: _type, tunnelPort: _port, tunnelFlags: _flags, ...values } = SERVER_VALUES;
  const received = decodeAttributes(encodeNested(DEST_SETTINGS, values), DEST);
  assert.deepEqual(readServer(received, "ipv4"), realServer("10.0.0.11:80", { forward: "tun" }));
  assert.equal(readServer(received, "ipv6").address, "a00:b::");
});

Deno.test("readServer() ignores tunnel settings of other forwarding methods", () => {
  const values = { ...SERVER_VALUES, forward: 0, tunnelType: 9, tunnelPort: 9, tunnelFlags: 9 };
  assert.deepEqual(readServer(values, "ipv4").tunnel, DEFAULT_TUNNEL);
});

Deno.test("readDaemon() omits settings that the kernel reports as 0", () => {
  const values = { state: 2, interface: "eth0", syncId: 0, maxLength: 0, port: 0, ttl: 0 };
  assert.deepEqual(readDaemon(values), { role: "backup", interface: "eth0", syncId: 0 });
  assert.throws(() => readDaemon({ ...values, state: 3 }), /unknown sync daemon state 3/);
  assert.throws(() => readDaemon({ state: 1, syncId: 0 }), /attribute interface is missing/);
});

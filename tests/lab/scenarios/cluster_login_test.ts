import assert from "node:assert/strict";
import { tlsFile } from "../../support/tls.ts";
import { ClusterLan } from "../cluster_lan.ts";
import { inNamespace } from "../namespace.ts";

/** The login file of the directors. */
const LOGIN = "/tmp/store-login";

const CONNECTION = ["--store-ca", tlsFile("ca.pem"), "--store-login", LOGIN];

const CERTIFICATE = ["--store-cert", tlsFile("client.pem"), "--store-key", "/tmp/client.key"];

const ETCD_ARGS = [
  ...["--cert-file", tlsFile("server.pem"), "--key-file", tlsFile("server.key"), "--auth-token-ttl", "1"],
];

const CLIENT_ARGS = ["--trusted-ca-file", tlsFile("ca.pem"), "--client-cert-auth"];

/** Seconds of a token's life in this test, and some more. */
const TOKEN_MS = 4000;

function config(port: number): string {
  return `version: 1\nservices:\n  - { listen: tcp://192.0.2.10:80, servers: ["10.0.0.9:${port}"] }\n`;
}

async function setUpUser(): Promise<void> {
  const ask = async (path: string, body: unknown): Promise<void> => {
    const tls = ["--cacert", tlsFile("ca.pem")];
    const url = `https://127.0.0.1:2379/v3/${path}`;
    const answer = await inNamespace("alpha", ["curl", "-sS", ...tls, "-d", JSON.stringify(body), url]);
    assert.equal(answer.code, 0, answer.stderr);
    assert.doesNotMatch(answer.stdout, /error/);
  };
  await ask("auth/user/add", { name: "root", password: "very secret" });
  await ask("auth/role/add", { name: "root" });
  await ask("auth/user/grant", { user: "root", role: "root" });
  await ask("auth/enable", {});
}

Deno.test("a store with TLS, client certificates and users is followed, also after the token has expired", async () => {
  await Deno.writeTextFile(LOGIN, "root:very secret\n", { mode: 0o600 });
  await Deno.copyFile(tlsFile("client.key"), "/tmp/client.key");
  await Deno.chmod("/tmp/client.key", 0o600);
  const address = "etcds://127.0.0.1/lvs/lab";
  await using lan = await ClusterLan.create({ address, place: "alpha", connection: CONNECTION });
  await lan.startEtcd({ isEmpty: true, args: [...ETCD_ARGS, ...CLIENT_ARGS] });
  const trust = ["--store-ca", tlsFile("ca.pem")];
  assert.match(await lan.must("alpha", ["cluster", "status", ...trust, ...CERTIFICATE]), /has no configuration/);
  const anonymous = await lan.lvsctl("alpha", ["cluster", "status", ...trust]);
  assert.equal(anonymous.code, 1);
  assert.match(anonymous.stderr, /^lvsctl: Cannot read 127\.0\.0\.1:2379: /);
  const untrusted = await lan.lvsctl("alpha", ["cluster", "status", ...CERTIFICATE]);
  assert.match(untrusted.stderr, /^lvsctl: Cannot read 127\.0\.0\.1:2379: .*UnknownIssuer/);
  await lan.killEtcd();

  await lan.startEtcd({ args: ETCD_ARGS });
  await setUpUser();
  await lan.push(config(81));
  const daemon = await lan.startDirector("alpha");
  await lan.untilServers("alpha", ["10.0.0.9:81"], () => daemon.stderr);
  await new Promise((resolve) => setTimeout(resolve, TOKEN_MS));
  await lan.push(config(82));
  await lan.untilServers("alpha", ["10.0.0.9:82"], () => daemon.stderr);
  assert.equal((await lan.stored("alpha"))["stale"], false);
  assert.match((await lan.lvsctl("alpha", ["plan", address, ...CONNECTION])).stdout, /^Nothing to change$/m);
  assert.doesNotMatch(daemon.stderr, /very secret/);
  await lan.ends(daemon);

  await Deno.writeTextFile(LOGIN, "root:wrong\n");
  const refused = await lan.lvsctl("alpha", ["cluster", "status", ...CONNECTION]);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /authentication failed.*; name a file with the line USER:PASSWORD by --store-login/);
});

/**
 * Database servers: Redis, MariaDB and PostgreSQL.
 *
 * @module
 */
import { tlsFile } from "../../support/tls.ts";
import type { BackgroundProcess } from "../background_process.ts";
import { PROBE_LOGIN, startLocalServer } from "./local_server.ts";

/** Starts Redis on port 6379, and with TLS on 6380; user and password as {@linkcode PROBE_LOGIN}. */
export function startRedis(): Promise<BackgroundProcess> {
  const { user, password } = PROBE_LOGIN;
  return startLocalServer({
    name: "redis",
    files: {
      "redis.conf": `bind 127.0.0.1
port 6379
tls-port 6380
tls-cert-file ${tlsFile("server.pem")}
tls-key-file ${tlsFile("server.key")}
tls-ca-cert-file ${tlsFile("ca.pem")}
tls-auth-clients no
dir HOME
save ""
user default off
user ${user} on ">${password}" +@all ~*
`,
    },
    argv: ["redis-server", "HOME/redis.conf"],
    ports: ["tcp:6379", "tcp:6380"],
  });
}

const MARIADB_OPTIONS = [
  "--no-defaults",
  "--datadir=HOME/data",
  "--user=root",
  // A guest cannot map the terabytes that it would reserve.
  "--innodb-buffer-pool-size=16M",
  "--innodb-buffer-pool-size-max=16M",
  "--skip-name-resolve",
];

/** Starts MariaDB on port 3306, with TLS for whoever asks, and the database `d` of {@linkcode PROBE_LOGIN}. */
export function startMariadb(): Promise<BackgroundProcess> {
  const { user, password } = PROBE_LOGIN;
  return startLocalServer({
    name: "mariadb",
    files: {
      "data/.keep": "",
      "init.sql": `CREATE DATABASE d;
CREATE USER ${user} IDENTIFIED BY '${password}';
GRANT ALL ON d.* TO ${user};
`,
    },
    prepare: [[
      "mariadb-install-db",
      ...MARIADB_OPTIONS,
      "--auth-root-authentication-method=normal",
      "--skip-test-db",
      "--force",
    ]],
    argv: [
      "mariadbd",
      ...MARIADB_OPTIONS,
      "--bind-address=127.0.0.1",
      "--port=3306",
      "--socket=HOME/socket",
      "--init-file=HOME/init.sql",
      `--ssl-cert=${tlsFile("server.pem")}`,
      `--ssl-key=${tlsFile("server.key")}`,
    ],
    ports: ["tcp:3306"],
  });
}

/** Starts PostgreSQL on port 5432, with TLS for whoever asks; SCRAM for TCP, and MD5 for the user `md5`. */
export async function startPostgresql(): Promise<BackgroundProcess> {
  const programs = "/usr/lib/postgresql/15/bin";
  const { user, password } = PROBE_LOGIN;
  return await startLocalServer({
    name: "postgresql",
    files: {
      password: `${password}\n`,
      // It takes a key only from a file of its own that nobody else may read.
      "server.key": await Deno.readTextFile(tlsFile("server.key")),
      "server.pem": await Deno.readTextFile(tlsFile("server.pem")),
      "hba": `host all ${user} 127.0.0.1/32 scram-sha-256\n`,
    },
    user: "postgres",
    prepare: [
      [
        `${programs}/initdb`,
        "-D",
        "HOME/data",
        "-U",
        user,
        "--auth=scram-sha-256",
        "--pwfile=HOME/password",
        "--no-sync",
      ],
      ["chmod", "600", "HOME/server.key"],
    ],
    argv: [
      `${programs}/postgres`,
      ...["-D", "HOME/data", "-k", "HOME", "-h", "127.0.0.1", "-p", "5432"],
      ...["fsync=off", "hba_file=HOME/hba", "ssl=on", "ssl_cert_file=HOME/server.pem", "ssl_key_file=HOME/server.key"]
        .flatMap((setting) => ["-c", setting]),
    ],
    ports: ["tcp:5432"],
  });
}

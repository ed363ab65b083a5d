/**
 * Servers of NNTP, RTSP and gRPC: sn, rtsp-server-perl, and one of Google's own library with the standard health
 * service.
 *
 * @module
 */
import { tlsFile } from "../../support/tls.ts";
import type { BackgroundProcess } from "../background_process.ts";
import { startLocalServer } from "./local_server.ts";

const SN = "/usr/sbin/snntpd";

/** Starts sn on ports 119 and, over TLS, 563, with the group local.test. */
export function startSn(): Promise<BackgroundProcess> {
  const tls = `cert=${tlsFile("server.pem")},key=${tlsFile("server.key")},verify=0`;
  return startLocalServer({
    name: "sn-probed",
    files: {
      ".outgoing/.keep": "",
      // It is made to be started for each connection.
      "serve": `export SNROOT=HOME
socat TCP-LISTEN:119,bind=127.0.0.1,reuseaddr,fork EXEC:${SN} &
socat OPENSSL-LISTEN:563,bind=127.0.0.1,reuseaddr,fork,${tls} EXEC:${SN} &
wait
`,
    },
    prepare: [
      ["chown", "-R", "news:news", "HOME"],
      ["setpriv", "--reuid=news", "--regid=news", "--clear-groups", "env", "SNROOT=HOME", "snnewgroup", "local.test"],
      // The first one makes the table of articles, and any other that reads it meanwhile ends with "wrong size".
      ["sh", "-c", `SNROOT=HOME ${SN} < /dev/null`],
    ],
    argv: ["sh", "HOME/serve"],
    ports: ["tcp:119", "tcp:563"],
  });
}

/** Starts rtsp-server-perl on port 554. */
export function startRtspServer(): Promise<BackgroundProcess> {
  return startLocalServer({
    name: "rtsp-probed",
    argv: [
      "rtsp-server-perl",
      ...["--clientport", "554", "--serverport", "5545"],
      ...["--client_listen_address", "127.0.0.1", "--source_listen_address", "127.0.0.1"],
    ],
    ports: ["tcp:554"],
  });
}

/** The health service by its description, without what a compiler of protocol buffers would make of it. */
const GRPC_SERVER = `import sys
from concurrent import futures
import grpc

STATUSES = {b"": 1, b"shop.Cart": 1, b"shop.Stock": 2}


def check(request, context):
    # HealthCheckRequest has one field, the name; HealthCheckResponse one, the status.
    name = request[2:]
    if name not in STATUSES:
        context.abort(grpc.StatusCode.NOT_FOUND, "unknown service")
    return bytes([8, STATUSES[name]])


handlers = grpc.method_handlers_generic_handler(
    "grpc.health.v1.Health", {"Check": grpc.unary_unary_rpc_method_handler(check)}
)
server = grpc.server(futures.ThreadPoolExecutor(max_workers=4))
server.add_generic_rpc_handlers((handlers,))
credentials = grpc.ssl_server_credentials([(open(sys.argv[2], "rb").read(), open(sys.argv[1], "rb").read())])
if server.add_insecure_port("127.0.0.1:50051") == 0 or server.add_secure_port("127.0.0.1:50052", credentials) == 0:
    sys.exit("a port is taken")
server.start()
server.wait_for_termination()
`;

/** Starts a gRPC server on ports 50051 and, over TLS, 50052: it serves, as does shop.Cart; shop.Stock does not. */
export function startGrpcServer(): Promise<BackgroundProcess> {
  return startLocalServer({
    name: "grpc-probed",
    files: { "server.py": GRPC_SERVER },
    // Debian's own, which has the library.
    argv: ["/usr/bin/python3", "HOME/server.py", tlsFile("server.pem"), tlsFile("server.key")],
    ports: ["tcp:50051", "tcp:50052"],
  });
}

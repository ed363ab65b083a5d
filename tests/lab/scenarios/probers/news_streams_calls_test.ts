import { tlsFile } from "../../../support/tls.ts";
import { assertChecks } from "../../probe_servers/check.ts";
import { startGrpcServer, startRtspServer, startSn } from "../../probe_servers/news_streams_calls.ts";

const TLS = `tls: { ca: ${tlsFile("ca.pem")} }`;
const OTHER_CA = `tls: { ca: ${tlsFile("other-ca.pem")} }`;

Deno.test("nntp: a real sn passes by greeting and group, over TLS too, and fails without the group", async () => {
  await using _sn = await startSn();
  await assertChecks([
    { check: "type: nntp", server: 119, says: /^healthy: 200 Hi, you can post \(sn version / },
    { check: "type: nntp, group: local.test", server: 119, says: /^healthy: 211 0 0 0 local\.test$/ },
    { check: `type: nntps, group: local.test, ${TLS}`, server: 563, says: /^healthy: 211 0 0 0 local\.test$/ },
    { check: "type: nntp, group: no.such", server: 119, says: /^failed: 411 No such group here as no\.such to GROUP$/ },
    { check: `type: nntps, ${OTHER_CA}`, server: 563, says: /^failed: certificate is not valid: / },
    { check: "type: nntp, start_tls: true", server: 119, says: /^failed: 5\d\d .* to STARTTLS$/ },
    { check: "type: smtp", server: 119, says: /^failed: 200 Hi, .* to connection$/ },
  ]);
});

Deno.test("rtsp: a real rtsp-server-perl passes by OPTIONS of everything and of a stream, and fails by status", async () => {
  await using _rtsp = await startRtspServer();
  await assertChecks([
    { check: "type: rtsp", server: 554, says: /^healthy: status 200/ },
    { check: "type: rtsp, path: /live/one", server: 554, says: /^healthy: status 200/ },
    { check: "type: rtsp, status: 404", server: 554, says: /^failed: status 200.*, expected 404$/ },
    { check: "type: http", server: 554, says: /^failed: / },
  ]);
});

Deno.test("grpc: a real gRPC server passes as a whole and by service, over TLS too, and fails with each other status", async () => {
  await using _grpc = await startGrpcServer();
  await assertChecks([
    { check: "type: grpc", server: 50051, says: /^healthy: SERVING$/ },
    { check: "type: grpc, service: shop.Cart", server: 50051, says: /^healthy: SERVING$/ },
    { check: `type: grpcs, service: shop.Cart, ${TLS}`, server: 50052, says: /^healthy: SERVING$/ },
    { check: "type: grpc, service: shop.Stock", server: 50051, says: /^failed: NOT_SERVING, expected SERVING$/ },
    {
      check: "type: grpc, service: shop.None",
      server: 50051,
      says: /^failed: gRPC status NOT_FOUND: unknown service$/,
    },
    { check: `type: grpcs, ${OTHER_CA}`, server: 50052, says: /^failed: certificate is not valid: / },
    { check: "type: grpc", server: 50052, says: /^failed: / },
    { check: "type: http", server: 50051, says: /^failed: / },
  ]);
});

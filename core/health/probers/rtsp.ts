import { type CheckPath, formatEndpoint, type RtspCheck, type ServerId } from "../../model/mod.ts";
import { converse, type ExchangeOptions, type Outcome } from "../../net/mod.ts";
import { judgeStatus, readStatus } from "./status_line.ts";

/** The `rtsp` prober: the status of the answer to OPTIONS. */
export function probeRtsp(
  target: ServerId,
  check: RtspCheck & CheckPath,
  options: ExchangeOptions,
): Promise<Outcome> {
  return converse({ endpoint: target, binding: check, options }, async (session) => {
    const { path, status } = check;
    const uri = path === undefined ? "*" : `rtsp://${formatEndpoint(target.address, target.port)}${path}`;
    await session.send(`OPTIONS ${uri} RTSP/1.0\r\nCSeq: 1\r\nUser-Agent: lvsctl\r\n\r\n`);
    return judgeStatus(await readStatus(session, "RTSP/1.0"), status);
  });
}

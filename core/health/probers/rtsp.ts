import { type CheckPath, formatEndpoint, type RtspCheck } from "../../model/mod.ts";
import { converse, type ProbeOutcome, type ProberOptions, type ProbeTarget } from "../../net/mod.ts";
import { judgeStatus, readStatus } from "./status_line.ts";

/** The `rtsp` prober: the status of the answer to OPTIONS. */
export const probeRtsp = (
  target: ProbeTarget,
  check: RtspCheck & CheckPath,
  options: ProberOptions,
): Promise<ProbeOutcome> =>
  converse({ target, check, options }, async (session) => {
    const { path, status } = check;
    const uri = path === undefined ? "*" : `rtsp://${formatEndpoint(target.address, target.port)}${path}`;
    await session.send(`OPTIONS ${uri} RTSP/1.0\r\nCSeq: 1\r\nUser-Agent: lvsctl\r\n\r\n`);
    return judgeStatus(await readStatus(session, "RTSP/1.0"), status);
  });

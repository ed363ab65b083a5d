import {
  type CheckPath,
  formatEndpoint,
  formatServerId,
  type IpAddress,
  type ServerId,
  type SipCheck,
} from "../../model/mod.ts";
import { converse, type ExchangeOptions, type Outcome } from "../../net/mod.ts";
import { exchangeDatagrams } from "./datagrams.ts";
import { textOf } from "./exchange.ts";
import { judgeStatus, readStatus, statusOf } from "./status_line.ts";

function token(): string {
  return crypto.randomUUID().replaceAll("-", "").slice(0, 16);
}

/** The request (RFC 3261 11). */
function formatRequest(
  check: SipCheck,
  options: { readonly target: ServerId; readonly host: string; readonly callId: string },
): string {
  const { target, host, callId } = options;
  const uri = check.uri ?? `${check.type}:${formatServerId(target)}`;
  const transport = check.type === "sips" ? "TLS" : check.transport.toUpperCase();
  const lines = [
    `OPTIONS ${uri} SIP/2.0`,
    // Requests that the answer is sent to the source port (RFC 3581).
    `Via: SIP/2.0/${transport} ${host};branch=z9hG4bK${token()};rport`,
    "Max-Forwards: 70",
    `From: <sip:lvsctl@${host}>;tag=${token()}`,
    `To: <${uri}>`,
    `Call-ID: ${callId}`,
    "CSeq: 1 OPTIONS",
    "Accept: application/sdp",
    "User-Agent: lvsctl",
    "Content-Length: 0",
  ];
  return `${lines.join("\r\n")}\r\n\r\n`;
}

function hostOf(address: IpAddress): string {
  return formatEndpoint(address, 0).slice(0, -2);
}

/** The `sip` and `sips` prober: the status of the answer to OPTIONS over UDP, TCP or TLS. */
export function probeSip(
  target: ServerId,
  check: SipCheck & CheckPath,
  options: ExchangeOptions,
): Promise<Outcome> {
  const callId = token();
  if (check.type === "sip" && check.transport === "udp") {
    return exchangeDatagrams({
      target,
      check,
      options,
      request: ({ localAddress }) =>
        new TextEncoder().encode(formatRequest(check, { target, host: hostOf(localAddress), callId })),
      judge: (datagram): Outcome | undefined => {
        const text = textOf(datagram);
        const status = statusOf(text, "SIP/2.0");
        const ids = text.matchAll(/^(?:Call-ID|i)[ \t]*:[ \t]*(\w+)[ \t]*\r?$/gim);
        const isOurs = ids.some(([, id = ""]) => id === callId);
        return isOurs && status >= 200 ? judgeStatus(status, check.status) : undefined;
      },
    });
  }
  const tls = check.type === "sips" ? check.tls : undefined;
  return converse({ endpoint: target, binding: check, options, tls }, async (session) => {
    await session.send(formatRequest(check, { target, host: "lvsctl.invalid", callId }));
    return judgeStatus(await readStatus(session, "SIP/2.0"), check.status);
  });
}

import { addressFamily, formatEndpoint, type IpAddress } from "../model/mod.ts";
import type { AnswerFacts, Facts } from "./facts.ts";
import { agree, commandsFor, counted, type Finding, fine, type Fix, listNames, type Severity } from "./finding.ts";

/** What an answer says about a real server. */
type Verdict =
  | "answers"
  | "unknown"
  /** It sends packets to the VIP on, as a router. */
  | "returns"
  /** It answers for its own address, and not for the VIP. */
  | "lacks-vip"
  /** It resets connections to the VIP. */
  | "refuses"
  /** The VIP answers ICMP, and no connection. */
  | "drops"
  /** It says that it has no such tunnel. */
  | "no-tunnel"
  /** It answers nothing that comes by this way. */
  | "silent";

/** A server that has the same verdict for some VIPs. */
interface Judged {
  readonly server: IpAddress;
  readonly verdict: Verdict;
  readonly answers: readonly [AnswerFacts, ...AnswerFacts[]];
}

/** Whether the real servers by dr and tun answer for the VIPs, as they told the director themselves. */
export function examineAnswers({ network }: Facts): Finding[] {
  const answers = network?.answers ?? [];
  if (answers.length === 0) return [];
  const judged = Map.groupBy(answers, (answer) => `${answer.question.server} ${methodOf(answer)} ${verdictOf(answer)}`)
    .values().flatMap(([first, ...others]): Judged[] =>
      first === undefined
        ? []
        : [{ server: first.question.server, verdict: verdictOf(first), answers: [first, ...others] }]
    ).toArray();
  const good = judged.filter(({ verdict }) => verdict === "answers");
  const names = new Set(good.map(({ server }) => server));
  const groups = Map.groupBy(
    judged.filter(({ verdict }) => verdict !== "answers"),
    ({ verdict, answers }) => `${verdict} ${methodOf(answers[0])} ${answers.map(placeOf).join(" ")}`,
  );
  return [
    ...(names.size === 0 ? [] : [
      fine(
        "server-answer",
        `${counted(names.size, "real server")} ${agree([...names], ["answers", "answer"])} for VIPs`,
      ),
    ]),
    ...Map.groupBy(groups.values(), ([first]) => `${first?.verdict} ${first && methodOf(first.answers[0])}`).values()
      .flatMap((kind) => kind.length <= MAX_FINDINGS ? kind.flatMap(findingOf) : findingOfKind(kind)),
  ];
}

/** The findings of one kind that are shown: they differ by the VIPs. */
const MAX_FINDINGS = 3;

/** Many findings of one kind: the first one, and the servers of the others. */
function findingOfKind(kind: readonly (readonly Judged[])[]): Finding[] {
  const [first = [], ...others] = kind;
  const servers = [...new Set(others.flat().map(({ server }) => server))];
  const vips = new Set(others.flat().flatMap(({ answers }) => answers.map(({ question }) => question.vip)));
  return findingOf(first).map((finding) => ({
    ...finding,
    object: listNames([...new Set(kind.flat().map(({ server }) => server))]),
    why: `${finding.why}; the same holds of ${counted(servers.length, "other server")} and ${
      counted(vips.size, "VIP")
    }, as of ${listNames(servers)}`,
  }));
}

function verdictOf({ question, connection, answersEcho, answersOwnEcho, tunnelRefusal }: AnswerFacts): Verdict {
  if (connection === "accepted") return "answers";
  if (connection === "refused") return "refuses";
  if (connection === "returned") return "returns";
  if (answersEcho) return question.port === undefined ? "answers" : "drops";
  if (tunnelRefusal !== undefined) return "no-tunnel";
  if (answersOwnEcho) return "lacks-vip";
  // Without a connection, a host that answers no ICMP looks like one that is not there.
  return question.port === undefined ? "unknown" : "silent";
}

/** "dr", "tun, gue at port 6080". */
function methodOf({ question: { tunnel } }: AnswerFacts): string {
  if (tunnel === undefined) return "dr";
  return tunnel.type === "gue" ? `tun, gue at port ${tunnel.port}` : `tun, ${tunnel.type}`;
}

/** The VIP, with the port that was asked. */
function placeOf({ question: { vip, port } }: AnswerFacts): string {
  return port === undefined ? vip : formatEndpoint(vip, port);
}

function findingOf(group: readonly Judged[]): Finding[] {
  const [first] = group;
  if (first === undefined) return [];
  const { verdict, answers } = first;
  const [answer] = answers;
  const servers = group.map(({ server }) => server);
  const vips = listNames(answers.map(({ question }) => question.vip));
  const places = listNames(answers.map(placeOf));
  const who = `${listNames(servers)} (${methodOf(answer)})`;
  const does = agree(servers, ["does", "do"]);
  const there = `run the command on ${agree(servers, ["that real server", "each of these real servers"])}`;
  const finding = (
    id: string,
    severity: Severity,
    { what, why, fix }: { readonly what: string; readonly why: string; readonly fix?: Fix | undefined },
  ): Finding[] => [{ id, severity, object: listNames(servers), what, why, fix }];
  switch (verdict) {
    case "answers":
      return [];
    case "unknown":
      return finding("server-answer", "note", {
        what: `whether ${who} ${agree(servers, ["has", "have"])} ${vips} is visible only there`,
        why: `${agree(servers, ["it answers", "they answer"])} no ICMP, and no service of the VIP uses TCP`,
        fix: realServerFix("check", answer, answers),
      });
    case "returns":
      return finding("server-lacks-vip", "error", {
        what: `${who} ${does} not have ${vips}: packets to it come back from there`,
        why: `clients that are sent there get no answer; ${there}`,
        fix: realServerFix("setup", answer, answers),
      });
    case "lacks-vip":
      return finding("server-lacks-vip", "error", {
        what: `${who} ${agree(servers, ["answers for its own address", "answer for their own addresses"])}${
          answer.question.tunnel === undefined ? "" : " through the tunnel"
        }, and not for ${vips}`,
        why:
          `${
            agree(servers, ["it does", "they do"])
          } not have the VIP, or a firewall there drops its packets; clients ` +
          `that are sent there get no answer; ${there}`,
        fix: realServerFix("setup", answer, answers),
      });
    case "refuses":
      return finding("server-refuses", "warning", {
        what: `${who} ${agree(servers, ["refuses", "refuse"])} connections to ${places}`,
        why:
          `${
            agree(servers, ["it has", "they have"])
          } the VIP, and no program listens at that port of it; clients that ` +
          "are sent there are refused",
      });
    case "drops":
      return finding("server-silent", "warning", {
        what: `${who} ${agree(servers, ["has", "have"])} ${vips}, and ${does} not answer connections to ${places}`,
        why: "a firewall there probably drops them; clients that are sent there get no answer",
      });
    case "no-tunnel":
      return finding("tunnel-refused", "error", {
        what: `${who} ${does} not unpack that tunnel: ICMP reports that the ${
          answer.tunnelRefusal === "protocol" ? "protocol" : "port or interface"
        } is missing there`,
        why:
          `clients that are sent there get no answer; ${there}, or set the tunnel that it has by "lvsctl server edit"`,
        fix: realServerFix("setup", answer, answers),
      });
    case "silent":
      return finding("server-silent", "warning", {
        what: answer.question.tunnel === undefined
          ? `${who} ${does} not answer connections to ${places}, nor ICMP`
          : `${who} ${
            agree(servers, ["answers", "answer"])
          } nothing that comes through the tunnel, for ${places} or its own ` +
            "address",
        why: (answer.question.tunnel === undefined
          ? `${agree(servers, ["it does", "they do"])} not have the VIP, or a firewall drops the packets`
          : `${
            agree(servers, ["it is", "they are"])
          } down, rp_filter of the tunnel interface or a firewall drops the ` +
            "packets, or the tunnel is missing there") +
          `; clients that are sent there get no answer; ${there}`,
        fix: realServerFix("check", answer, answers),
      });
  }
}

/** The command for the real server; none for an IPv4 VIP in a tunnel of IPv6 and the reverse, which it does not know. */
function realServerFix(
  verb: "setup" | "check",
  { question: { server, vip, tunnel } }: AnswerFacts,
  answers: readonly AnswerFacts[],
): Fix | undefined {
  if (tunnel !== undefined && addressFamily(server) !== addressFamily(vip)) return undefined;
  const method = tunnel === undefined
    ? "dr"
    : tunnel.type === "gue"
    ? `tun --tunnel gue --tunnel-port ${tunnel.port}`
    : tunnel.type === "gre"
    ? "tun --tunnel gre"
    : "tun";
  return commandsFor(answers, ({ question }) => [`lvsctl realserver ${verb} ${question.vip} --forward ${method}`]);
}

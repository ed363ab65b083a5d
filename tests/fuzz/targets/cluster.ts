import { parseMember } from "../../../core/cluster/member.ts";
import { nextStep, parseRollout } from "../../../core/cluster/rollout.ts";
import { parseCopy } from "../../../core/cluster/stored_copy.ts";
import { digestOf, formatVersion, parseVersion } from "../../../core/cluster/version.ts";
import { CompactedError, EtcdClient, EtcdError, parseStoreUrl } from "../../../core/etcd/mod.ts";
import { formatStates, MOST_SERVERS, parseList, parseStates } from "../../../core/sharing/verdicts.ts";
import { SYSTEM_CLOCK } from "../../../core/time/mod.ts";
import {
  entryFor,
  type FuzzTarget,
  inputOfText,
  require,
  requireText,
  splitHeader,
  textOfInput,
  withHeader,
} from "../target.ts";

const TEXT = "version: 1\nservices: []\n";

const VERSION = formatVersion({ number: 3, text: TEXT, digest: digestOf(TEXT), author: "root@lb1", at: 1 });

const ROLLOUT = '{"format":1,"number":3,"digest":"ab","author":"root@lb1","at":1,"base":2,"state":"running",' +
  '"soak_ms":1000,"turn":"lb1","applying":"x","reason":null}';

const MEMBER =
  '{"format":1,"name":"lb1","instance":"x","program":"1","number":3,"digest":"ab","at":1,"health":"1/1","error":"no"}';

const RANGE = '{"header":{"revision":"7"},"kvs":[{"key":"L2E=","value":"YQ==","mod_revision":"6"}],"count":"1"}';

const EVENT = '{"result":{"header":{"revision":"7"},"events":[{"type":"DELETE","kv":{"key":"L2E="}}]}}\n';

const COMPACTED = '{"result":{"header":{"revision":"7"},"canceled":true,"compact_revision":"5"}}\n';

const SEEDS: readonly (readonly [reader: string, text: string])[] = [
  ["version", VERSION],
  ["copy", JSON.stringify({ format: 1, prefix: "/lvs/", version: VERSION })],
  ["rollout", ROLLOUT],
  ["member", MEMBER],
  ["range", RANGE],
  ["states", '{"format":1,"list":"0123456789abcdef","states":"h3u1-2"}'],
  ["list", '{"format":1,"ids":"AAAAAAAABBBBBBBB"}'],
  ["range", '{"error":"etcdserver: user name is empty","code":3}'],
  ["watch", `{"result":{"header":{"revision":"6"},"created":true}}\n${EVENT}${COMPACTED}`],
];

function client(body: string): EtcdClient {
  const fetch = (): Promise<Response> => Promise.resolve(new Response(body));
  return new EtcdClient(parseStoreUrl("etcd://10.0.0.1/lvs"), { fetch, clock: SYSTEM_CLOCK });
}

const READERS: Readonly<Record<string, (text: string) => Promise<void> | void>> = {
  version: (text) => checkVersion(parseVersion(text)),
  copy: (text) => checkVersion(parseCopy(text, { prefix: "/lvs/" })),
  rollout: (text) => {
    const rollout = parseRollout(text);
    if (rollout === undefined) return;
    requireText(rollout.author + (rollout.turn ?? "") + (rollout.reason ?? ""), "the roll-out");
    for (const active of [undefined, { number: 2, digest: "ab" }, { number: 3, digest: "ab" }]) {
      const step = nextStep(rollout, { name: "lb1", instance: "y", active });
      require(step.kind !== "take" || step.number > 0, "a director takes a version that exists");
    }
  },
  member: (text) => {
    const member = parseMember(text);
    if (member !== undefined) requireText(member.name + member.health + (member.error ?? ""), "the member");
  },
  states: (text) => {
    const published = parseStates(text);
    if (published === undefined) return;
    require(published.states.length <= MOST_SERVERS, "a director has few enough verdicts");
    const again = parseStates(formatStates(published));
    require(again?.states.join() === published.states.join(), "states are read as they are written");
  },
  list: (text) => {
    const list = parseList(text);
    require((list?.places.size ?? 0) <= MOST_SERVERS, "a director has few enough servers");
  },
  range: async (text) => {
    const { revision, entries } = await client(text).range({ key: "/a" });
    require(
      [revision, ...entries.map((entry) => entry.modRevision)].every(Number.isSafeInteger),
      "revisions are numbers",
    );
  },
  watch: async (text) => {
    const signal = new AbortController().signal;
    for await (const { revision } of client(text).watch("/", { from: 1, signal })) {
      require(Number.isSafeInteger(revision), "a revision is a number");
    }
  },
};

function checkVersion(version: ReturnType<typeof parseVersion>): void {
  if (version === undefined) return;
  require(version.digest === digestOf(version.text) && version.number > 0, "a version has its digest and a number");
  requireText(version.author, "the author");
}

/** What a store answers: records that are whole, or none; and errors that are one line of text. */
export function cluster(): FuzzTarget {
  return {
    name: "cluster",
    seeds: SEEDS.map(([reader, text]) => withHeader(reader, inputOfText(text))),
    words: [
      "null",
      "[]",
      "{}",
      '"',
      "-1",
      "1e9",
      "9007199254740993",
      '"format":1',
      "halted",
      "complete",
      "\\u001b",
      "\n",
    ],
    maxBytes: 32 * 1024,
    run: async (input) => {
      const { header, body } = splitHeader(input);
      try {
        await entryFor(READERS, header)(textOfInput(body));
      } catch (error) {
        if (!(error instanceof EtcdError || error instanceof CompactedError)) throw error;
        requireText(error.message, "the error");
      }
    },
  };
}

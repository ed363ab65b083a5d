import { readInstances } from "../../../core/discovery/consul.ts";
import { EndpointSlices } from "../../../core/discovery/endpoint_slices.ts";
import { parseJson } from "../../../core/discovery/api.ts";
import { readTargetGroups, type Target } from "../../../core/discovery/targets.ts";
import type { DiscoveredServer } from "../../../core/model/mod.ts";
import { AnswerError } from "../../../core/net/mod.ts";
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

const SLICE =
  '{"metadata":{"name":"a","resourceVersion":"1"},"addressType":"IPv4","ports":[{"name":"http","port":80}],' +
  '"endpoints":[{"addresses":["10.0.0.1"],"conditions":{"ready":false,"serving":true,"terminating":true}}]}';

const SEEDS: readonly (readonly [reader: string, document: string])[] = [
  ["targets", '[{"targets":["10.0.0.1:80","[2001:db8::1]:80","web.example.com"],"labels":{"weight":"3"}}]'],
  [
    "instances",
    '[{"Node":{"Address":"10.0.0.9"},"Service":{"Address":"","Port":80,"Weights":{"Passing":1,"Warning":2}},' +
    '"Checks":[{"Status":"warning"}]}]',
  ],
  ["list", `{"metadata":{"resourceVersion":"1"},"items":[${SLICE}]}`],
  ["event", `{"type":"MODIFIED","object":${SLICE}}`],
  ["event", '{"type":"ERROR","object":{"code":410,"message":"too old"}}'],
];

const READERS: Readonly<Record<string, (document: unknown) => readonly (Target | DiscoveredServer)[]>> = {
  targets: (document) => readTargetGroups(document, { weightLabel: "weight" }),
  instances: readInstances,
  list: (document) => {
    const slices = new EndpointSlices(undefined);
    slices.list(document);
    return slices.servers;
  },
  event: (document) => {
    const slices = new EndpointSlices("http");
    slices.take(document);
    return slices.servers;
  },
};

/** The documents of sources of servers: each is a list whose ports and weights the kernel can have, or is refused. */
export function discovery(): FuzzTarget {
  return {
    name: "discovery",
    seeds: SEEDS.map(([reader, document]) => withHeader(reader, inputOfText(document))),
    words: [
      "null",
      "true",
      "[]",
      "{}",
      '"',
      "65536",
      "-1",
      "1e9",
      "0",
      "DELETED",
      "BOOKMARK",
      "critical",
      "IPv6",
      "\\u001b",
    ],
    maxBytes: 32 * 1024,
    run: (input) => {
      const { header, body } = splitHeader(input);
      try {
        for (const { port = 1, weight = 0 } of entryFor(READERS, header)(parseJson(textOfInput(body)))) {
          require(Number.isInteger(port) && port >= 1 && port <= 65_535, "a port is from 1 to 65535");
          require(Number.isInteger(weight) && weight >= 0 && weight <= 0x7fffffff, "a weight fits the kernel");
        }
      } catch (error) {
        if (!(error instanceof AnswerError)) throw error;
        requireText(error.message, "the reason");
      }
    },
  };
}

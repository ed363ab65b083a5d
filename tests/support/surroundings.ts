import { EXIT, LvsctlError } from "../../core/errors/mod.ts";
import { type DiscoveredServer, parseIpAddress, parseLabels } from "../../core/model/mod.ts";
import type { Surroundings } from "../../cli/context/surroundings.ts";

/** A world for configuration files that is the same on every machine. */
export interface World {
  /** Texts of files by path; the directories follow from them. */
  readonly files?: Readonly<Record<string, string>>;
  /** Paths that lead to other ones. */
  readonly links?: Readonly<Record<string, string>>;
  readonly variables?: Readonly<Record<string, string>>;
  /** Addresses of hosts by name; a text that is none is why there are none. */
  readonly hosts?: Readonly<Record<string, readonly string[] | string>>;
  /** Servers of sources by the name of the source; a text is why there are none. */
  readonly sources?: Readonly<Record<string, readonly DiscoveredServer[] | string>>;
  /** The name of the host. */
  readonly host?: string;
  /** The labels of the director. */
  readonly labels?: readonly string[];
  /** Sysctls by their path below /proc/sys. */
  readonly sysctls?: Readonly<Record<string, string>>;
}

/** The surroundings that a world makes; whatever is not in it does not exist. */
export function surroundingsOf(world: World): Surroundings {
  const {
    files = {},
    links = {},
    variables = {},
    hosts = {},
    sources = {},
    sysctls = {},
    host = "director",
    labels = [],
  } = world;
  const own = <T>(record: Readonly<Record<string, T>>, key: string): T | undefined =>
    Object.hasOwn(record, key) ? record[key] : undefined;
  const readFile = (path: string): string => {
    const text = own(files, own(links, path) ?? path);
    if (text !== undefined) return text;
    const options = { operation: "read", object: path, errno: "ENOENT", exitCode: EXIT.usage };
    throw new LvsctlError("No such file or directory", options);
  };
  return {
    files: {
      readFile,
      readBytes: (path) => new TextEncoder().encode(readFile(path)),
      kindOf: (path) => {
        if (own(files, own(links, path) ?? path) !== undefined) return path.endsWith(".sh") ? "executable" : "file";
        return Object.keys(files).some((file) => file.startsWith(`${path}/`)) ? "directory" : "missing";
      },
      listDirectory: (directory) => {
        const start = directory === "." ? "" : directory === "/" ? "/" : `${directory}/`;
        const inside = Object.keys({ ...files, ...links }).filter((path) => path.startsWith(start));
        // Never sorted, as no file system promises it.
        return [...new Set(inside.map((path) => path.slice(start.length).split("/")[0] ?? ""))].sort().reverse();
      },
      realPath: (path) => own(links, path) ?? path,
    },
    variables: (name) => own(variables, name),
    resolve: (name) => {
      const found = own(hosts, name) ?? "Name or service not known (EAI_NONAME)";
      return Promise.resolve(typeof found === "string" ? { failure: found } : { addresses: found.map(parseIpAddress) });
    },
    discover: ({ name }) => {
      const found = own(sources, name) ?? "no answer in time";
      return Promise.resolve(typeof found === "string" ? { failure: found } : { servers: found });
    },
    host: () => host,
    labels: () => parseLabels(labels),
    sysctl: (path) => own(sysctls, path),
  };
}

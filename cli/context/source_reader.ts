import { loadAnyYaml } from "../../core/config/mod.ts";
import type { Discovery, DiscoveryAnswer } from "../../core/model/mod.ts";
import { readOnce } from "../../core/system/discovery.ts";

/** Reads a source of servers once; never throws. */
export async function readSource(discovery: Discovery): Promise<DiscoveryAnswer> {
  const { readPlainYaml } = await loadAnyYaml();
  return await readOnce(discovery, (text) => readPlainYaml(text, { file: discovery.name }));
}

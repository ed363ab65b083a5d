import { formatServiceId } from "../../core/model/mod.ts";
import type { Context } from "../context/context.ts";
import { defaultFile } from "./default_file.ts";
import { readForReview } from "./read_config.ts";

/** A service's name in a file, and the service. */
export type ServiceName = readonly [name: string, service: string];

/**
 * The names of services in the default file; none if it does not exist. A service with several addresses has a pair for
 * each.
 *
 * @throws {LvsctlError} If the file cannot be read or is not valid.
 */
export async function namesInDefaultFile(context: Context): Promise<readonly ServiceName[]> {
  const file = defaultFile(context);
  if (context.surroundings.files.kindOf(file) === "missing") return [];
  const { desired } = await readForReview(context, file);
  return desired.services.flatMap(({ name, service }): readonly ServiceName[] =>
    name === undefined ? [] : [[name, formatServiceId(service.id)]]
  );
}

/** This process's network namespace, to which its IPVS table belongs. */
const NAMESPACE = "/proc/self/ns/net";

/** The network namespace that exists as long as the machine or the container. */
const FIRST_NAMESPACE = "/proc/1/ns/net";

/** The number that identifies this network namespace and its table in names of files: all namespaces share `/run`. */
export function tableNamespace(): string {
  return String(Deno.statSync(NAMESPACE).ino);
}

/** Whether this is the network namespace of the machine or the container itself; false if that is unknown. */
export function isFirstNamespace(): boolean {
  try {
    return Deno.statSync(FIRST_NAMESPACE).ino === Deno.statSync(NAMESPACE).ino;
  } catch {
    return false;
  }
}

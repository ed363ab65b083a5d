/** Listens for signals until the result is disposed of. */
export function listenFor(listeners: Readonly<Partial<Record<Deno.Signal, () => void>>>): Disposable {
  const entries = Object.entries(listeners) as [Deno.Signal, () => void][];
  for (const [name, listener] of entries) Deno.addSignalListener(name, listener);
  return {
    [Symbol.dispose]: () => {
      for (const [name, listener] of entries) Deno.removeSignalListener(name, listener);
    },
  };
}

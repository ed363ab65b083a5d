import assert from "node:assert/strict";
import { processUsage } from "../../../../cli/daemon/process_usage.ts";

const FILES: Readonly<Record<string, string>> = {
  stat: "7 (a) b (c) S 1 7 7 0 -1 4194304 100 0 0 0 250 75 0 0 20 0 11 0 12345 1000 200 18446744073709551615\n",
  status: "Name:\tlvsctl\nVmPeak:\t  9000 kB\nVmSize:\t  8000 kB\nVmRSS:\t  4000 kB\n",
  limits: "Limit                     Soft Limit           Hard Limit           Units\n" +
    "Max open files            1024                 4096                 files\n",
};

/** Reads the files with one changed. */
function reading(changed: Readonly<Record<string, string>> = {}): (name: string) => string {
  return (name) => changed[name] ?? FILES[name] ?? "";
}

Deno.test("processUsage() reads processor time, memory and descriptors, whatever the name of the program is", () => {
  assert.deepEqual(processUsage(reading(), () => 20), {
    cpuSeconds: 3.25,
    virtualBytes: 8_192_000,
    descriptors: { open: 20, most: 1024 },
  });
  const unlimited = processUsage(reading({ limits: "Max open files   unlimited   unlimited   files\n" }), () => 20);
  assert.equal(unlimited?.descriptors.most, Infinity);
});

Deno.test("processUsage() is unknown if a file has another form or cannot be read", () => {
  for (const name of Object.keys(FILES)) {
    assert.equal(processUsage(reading({ [name]: "nonsense" }), () => 20), undefined, name);
  }
  const missing = (): never => {
    throw new Deno.errors.NotFound("no /proc");
  };
  assert.equal(processUsage(missing), undefined);
  assert.equal(processUsage(reading(), missing), undefined);
});

Deno.test("processUsage() reads this process", () => {
  const usage = processUsage();
  assert(usage !== undefined);
  assert.ok(usage.cpuSeconds > 0 && usage.virtualBytes > 2 ** 20);
  assert.ok(usage.descriptors.open > 2 && usage.descriptors.open <= usage.descriptors.most);
});

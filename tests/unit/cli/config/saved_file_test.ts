import assert from "node:assert/strict";
import { isReplaceable, isSavedState } from "../../../../cli/config/saved_file.ts";
import { memoryKernel } from "../../../support/kernel_state.ts";
import { lvsctl } from "../../../support/command_line.ts";
import { serviceEntry } from "../../../support/samples.ts";

const KERNEL = memoryKernel({
  services: [
    serviceEntry("tcp://192.0.2.10:80", "10.0.0.11:80"),
    serviceEntry("fwmark6:7", "[2001:db8::2]:0"),
    serviceEntry("sctp://[2001:db8::1]:9", "[2001:db8::2]:9"),
  ],
});

/** Whether a file with this text is replaceable. */
function judge(text: string): boolean {
  const path = Deno.makeTempFileSync();
  try {
    Deno.writeTextFileSync(path, text);
    return isReplaceable(path, isSavedState);
  } finally {
    Deno.removeSync(path);
  }
}

Deno.test("isReplaceable() accepts what save writes in either format, also with edited values", async () => {
  for (const line of ["save", "save --format rules"]) {
    const { out } = await lvsctl(line, { kernel: KERNEL });
    assert.ok(out.includes("192.0.2.10:80"));
    assert.equal(judge(out), true, out);
    assert.equal(judge(out.replace("192.0.2.10:80", "192.0.2.10:81")), true);
  }
});

Deno.test("isReplaceable() accepts what save of version 0.2 wrote, and rejects the schema of a user", async () => {
  const { out } = await lvsctl("save", { kernel: KERNEL });
  const line = "# yaml-language-server: $schema=/usr/share/lvsctl/lvsctl.schema.json\n";
  assert.ok(out.includes(line));
  assert.equal(judge(out.replace(line, "")), true);
  assert.equal(judge(out.replace("/usr/share/lvsctl/", "/root/")), false);
});

Deno.test("isReplaceable() accepts a missing file, an empty one and a device", () => {
  assert.equal(isReplaceable("/nowhere/file", isSavedState), true);
  assert.equal(isReplaceable("/dev/null", isSavedState), true);
  assert.equal(judge(""), true);
});

Deno.test("isReplaceable() rejects comments, keys and texts that save does not write", async () => {
  const { out: saved } = await lvsctl("save", { kernel: KERNEL });
  const { out: rules } = await lvsctl("save --format rules", { kernel: KERNEL });
  for (
    const text of [
      saved.replace("    servers:", "    check: { type: tcp }\n    servers:"),
      saved.replace("    servers:", "    # the old one\n    servers:"),
      saved.replace("10.0.0.11:80 }", "10.0.0.11:80, slow_start: 5s }"),
      saved.slice(saved.indexOf("\n") + 1),
      `# web servers\n${rules}`,
      `${rules}-A -t 192.0.2.1:80 -s rr # old\n`,
      "version: 1\nservices: []\n",
      "something else\n",
    ]
  ) {
    assert.notEqual(text, saved);
    assert.equal(judge(text), false, text);
  }
});

Deno.test("save asks before it replaces a foreign file, needs --yes without a terminal, and replaces its own silently", async () => {
  const path = Deno.makeTempFileSync();
  try {
    const foreign = "version: 1\nservices: []\n";
    Deno.writeTextFileSync(path, foreign);
    assert.deepEqual(await lvsctl(`save ${path}`, { kernel: KERNEL }), {
      code: 2,
      out: "",
      err:
        `lvsctl: Cannot write ${path}: it replaces a file that lvsctl save did not write, and there is no terminal ` +
        "for the question; nothing was changed; add --yes to do it\n",
    });
    const { err } = await lvsctl(`save ${path}`, { kernel: KERNEL, answer: false });
    assert.equal(err, `Replace ${path}, which lvsctl save did not write?\nlvsctl: nothing was changed\n`);
    assert.equal(Deno.readTextFileSync(path), foreign);
    assert.equal((await lvsctl(`save ${path} --yes`, { kernel: KERNEL })).code, 0);
    const saved = Deno.readTextFileSync(path);
    assert.notEqual(saved, foreign);
    assert.deepEqual(await lvsctl(`save ${path}`, { kernel: KERNEL }), { code: 0, out: "", err: "" });
    assert.equal(Deno.readTextFileSync(path), saved);
  } finally {
    Deno.removeSync(path);
  }
});

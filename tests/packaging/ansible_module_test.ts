import assert from "node:assert/strict";

const MODULE = new URL("../../examples/ansible/library/lvsctl_table.py", import.meta.url).pathname;

/** Ansible's base class as far as the module uses it: parameters come from the environment, results are printed. */
const BASIC = `
import json, os, subprocess, sys
class AnsibleModule:
    def __init__(self, argument_spec, mutually_exclusive, supports_check_mode):
        assert supports_check_mode and mutually_exclusive == [["src", "content"]]
        given = json.loads(os.environ["PARAMS"])
        assert set(given) <= set(argument_spec), given
        self.params = {name: given.get(name, spec.get("default")) for name, spec in argument_spec.items()}
        self.check_mode = os.environ["MODE"] == "check"
        self._diff = True
    def get_bin_path(self, name, required):
        assert required
        return os.path.join(os.environ["BIN"], name)
    def run_command(self, words, data):
        done = subprocess.run(words, input=data, capture_output=True, text=True)
        return done.returncode, done.stdout, done.stderr
    def exit_json(self, **result):
        print(json.dumps(result))
        sys.exit(0)
    def fail_json(self, **result):
        print(json.dumps({**result, "failed": True}))
        sys.exit(1)
`;

/** What lvsctl prints, and how it ends. */
interface Answer {
  readonly status?: number;
  readonly out?: unknown;
  readonly err?: string;
}

/** The result of the module, and the words and the input that lvsctl got. */
interface Outcome {
  readonly result: Record<string, unknown>;
  readonly words: string;
  readonly input: string;
}

/** Runs the module with an lvsctl that answers in this way. */
async function runModule(
  params: Readonly<Record<string, unknown>>,
  { status = 0, out, err = "" }: Answer,
  { isCheck = false }: { readonly isCheck?: boolean } = {},
): Promise<Outcome> {
  const root = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${root}/ansible/module_utils`, { recursive: true });
    for (const name of ["__init__", "module_utils/__init__"]) {
      await Deno.writeTextFile(`${root}/ansible/${name}.py`, "");
    }
    await Deno.writeTextFile(`${root}/ansible/module_utils/basic.py`, BASIC);
    await Deno.writeTextFile(`${root}/out`, out === undefined ? "" : JSON.stringify(out));
    await Deno.writeTextFile(`${root}/err`, err);
    const program =
      `#!/bin/sh\necho "$*" >${root}/words\ncat >${root}/input\ncat ${root}/out\ncat ${root}/err >&2\nexit ${status}\n`;
    await Deno.writeTextFile(`${root}/lvsctl`, program, { mode: 0o755 });
    const { stdout, stderr } = await new Deno.Command("python3", {
      args: ["-B", MODULE],
      env: { PYTHONPATH: root, BIN: root, PARAMS: JSON.stringify(params), MODE: isCheck ? "check" : "make" },
      stdin: "null",
    }).output();
    const text = new TextDecoder().decode(stdout);
    assert.notEqual(text, "", new TextDecoder().decode(stderr));
    return {
      result: JSON.parse(text),
      words: (await Deno.readTextFile(`${root}/words`)).trimEnd(),
      input: await Deno.readTextFile(`${root}/input`),
    };
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

/** A document of apply or plan. */
function document(...descriptions: readonly string[]): unknown {
  return { version: 2, state: "0123456789abcdef", changes: descriptions.map((description) => ({ description })) };
}

Deno.test("the Ansible module applies a file, and reports changed if lvsctl changed something", async () => {
  const { result, words } = await runModule({ src: "/etc/lvsctl/lvsctl.yaml" }, { out: document("add a", "add b") });
  assert.equal(words, "apply /etc/lvsctl/lvsctl.yaml --json --yes");
  assert.deepEqual([result["changed"], result["state"], result["diff"]], [true, "0123456789abcdef", {
    prepared: "add a\nadd b\n",
  }]);
  const same = await runModule({}, { out: document() });
  assert.deepEqual([same.words, same.result["changed"]], ["apply --json --yes", false]);
});

Deno.test("the Ansible module plans in check mode, and would change what the plan has", async () => {
  const { result, words } = await runModule({ src: "a.yaml" }, { out: document("add a") }, { isCheck: true });
  assert.deepEqual([words, result["changed"]], ["plan a.yaml --json", true]);
});

Deno.test("the Ansible module passes its options, and a text by standard input", async () => {
  const params = { content: "version: 1\n", prune: true, "keep_weights": true, only: ["add", "edit"], drain: "30s" };
  const { words, input } = await runModule(params, { out: document() });
  assert.equal(words, "apply - --json --yes --prune --keep-weights --only add,edit --drain 30s");
  assert.equal(input, "version: 1\n");
});

Deno.test("the Ansible module fails with the error of lvsctl", async () => {
  const err = JSON.stringify({ version: 2, error: { message: "Cannot read a.yaml: No such file" } });
  const { result } = await runModule({ src: "a.yaml" }, { status: 2, err });
  assert.deepEqual([result["failed"], result["msg"], result["rc"], result["changed"]], [
    true,
    "Cannot read a.yaml: No such file",
    2,
    false,
  ]);
  const killed = await runModule({ src: "a.yaml" }, { status: 137, err: "Killed\n" });
  assert.deepEqual([killed.result["failed"], killed.result["msg"]], [true, "Killed"]);
  const partial = await runModule({ src: "a.yaml" }, { status: 3, out: { changed: true, changes: [] }, err });
  assert.deepEqual([partial.result["failed"], partial.result["changed"]], [true, true]);
});

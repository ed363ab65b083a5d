/**
 * The scripts of `lvsctl completions`, read by the shells that they are for.
 *
 * A stand-in named lvsctl answers as the program would on a director, or lets the program itself answer, and writes down
 * the arguments that the shell asked with and started it with.
 *
 * @module
 */
import assert from "node:assert/strict";
import { type Shell, SHELLS } from "../../cli/commands/completions/scripts.ts";
import { PROGRAM, PROGRAM_ENVIRONMENT } from "../suite.ts";

const STAND_IN = `#!/bin/sh
if [ "$1" = __complete ]; then
  printf '%s\\n' "$@" > "$DIRECTORY/asked"
  if [ -e "$DIRECTORY/answer" ]; then cat "$DIRECTORY/answer"; else exec "$PROGRAM" "$@"; fi
else
  printf '%s\\n' "$@" > "$DIRECTORY/started"
fi
`;

/** How each shell starts on a terminal, and the lines that are typed before that of a test. */
const INTERACTIVE: Readonly<Record<Shell, { readonly command: string; readonly setUp: readonly string[] }>> = {
  bash: {
    command: "bash --norc --noprofile -i",
    setUp: ["source $DIRECTORY/lvsctl.bash; cd $DIRECTORY/files"],
  },
  zsh: {
    command: "zsh -f -i",
    setUp: [
      "PS1='' RPS1=''; unsetopt beep; cd $DIRECTORY/files",
      "fpath=($DIRECTORY $fpath); autoload -U compinit; compinit -u -D",
    ],
  },
  fish: {
    command: "fish --no-config -i",
    setUp: ["source $DIRECTORY/lvsctl.fish; cd $DIRECTORY/files"],
  },
};

/** A directory with the stand-in, the scripts of the real program, and some files. */
class Stage implements AsyncDisposable {
  readonly directory: string;

  private constructor(directory: string) {
    this.directory = directory;
  }

  static async create(): Promise<Stage> {
    const stage = new Stage(await Deno.makeTempDir({ prefix: "lvsctl-completions-" }));
    await Deno.writeTextFile(`${stage.directory}/lvsctl`, STAND_IN, { mode: 0o755 });
    for (const shell of SHELLS) {
      const { stdout } = await run([PROGRAM, "completions", shell], { ...PROGRAM_ENVIRONMENT });
      await Deno.writeTextFile(`${stage.directory}/${shell === "zsh" ? "_lvsctl" : `lvsctl.${shell}`}`, stdout);
    }
    await Deno.mkdir(`${stage.directory}/files/web`, { recursive: true });
    for (const name of ["web.yaml", "web.yml", "web.txt", "notes.txt"]) {
      await Deno.writeTextFile(`${stage.directory}/files/${name}`, "");
    }
    return stage;
  }

  /** The answer of the stand-in from now on. */
  async answer(...lines: readonly string[]): Promise<void> {
    await Deno.writeTextFile(`${this.directory}/answer`, lines.map((line) => `${line}\n`).join(""));
  }

  /** The words that the shell asked with. */
  asked(): readonly string[] {
    return Deno.readTextFileSync(`${this.directory}/asked`).split("\n").slice(2, -1);
  }

  /** The candidates of bash: the words that it puts in place of the last part of the line. */
  async bash(line: string): Promise<readonly string[]> {
    const script = `source "$DIRECTORY/lvsctl.bash"; cd "$DIRECTORY/files"
      COMP_LINE=$1 COMP_POINT=\${#1}
      _lvsctl lvsctl
      printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout } = await this.#run(["bash", "-euc", script, "bash", line]);
    return stdout.split("\n").filter((word) => word !== "");
  }

  /** The candidates of fish, with their descriptions behind a tab. */
  async fish(line: string): Promise<readonly string[]> {
    const script = `source $DIRECTORY/lvsctl.fish; cd $DIRECTORY/files; complete -C $argv[1]`;
    const { stdout } = await this.#run(["fish", "--no-config", "-c", script, "--", line]);
    return stdout.split("\n").filter((word) => word !== "");
  }

  /** The arguments that a shell starts lvsctl with after a line with tabs has been typed on a terminal. */
  async typed(shell: Shell, line: string): Promise<readonly string[]> {
    const { command, setUp } = INTERACTIVE[shell];
    const typed = [...setUp, line, "exit"].map((each) => `${each}\r`).join("");
    await this.#run(["script", "-qec", command, "/dev/null"], typed);
    return Deno.readTextFileSync(`${this.directory}/started`).split("\n").slice(0, -1);
  }

  async #run(argv: readonly string[], typed = ""): Promise<{ readonly stdout: string }> {
    return await run(argv, {
      ...PROGRAM_ENVIRONMENT,
      PROGRAM,
      DIRECTORY: this.directory,
      HOME: this.directory,
      PATH: `${this.directory}:/usr/bin:/bin`,
      TERM: "dumb",
      LC_ALL: "C.UTF-8",
    }, typed);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.directory, { recursive: true });
  }
}

async function run(
  [program = "", ...args]: readonly string[],
  env: Readonly<Record<string, string>>,
  typed = "",
): Promise<{ readonly stdout: string }> {
  const child = new Deno.Command(program, { args, env, stdin: "piped", stdout: "piped", stderr: "piped" }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(typed));
  const [{ code, stdout, stderr }] = await Promise.all([child.output(), writer.close()]);
  const decoder = new TextDecoder();
  assert.equal(code, 0, `${program}: ${decoder.decode(stderr)}${decoder.decode(stdout)}`);
  return { stdout: decoder.decode(stdout) };
}

const SERVICES = ["tcp://192.0.2.10:80\t", "tcp://192.0.2.10:443\t", "tcp://[2001:db8::10]:80\t"];

Deno.test("bash completes words with colons, which it cuts there", async () => {
  await using stage = await Stage.create();
  await stage.answer(...SERVICES);
  assert.deepEqual(await stage.bash("lvsctl service show tcp://192.0.2.10:"), ["80", "443", "tcp://[2001:db8::10]:80"]);
  assert.deepEqual(stage.asked(), ["service", "show", "tcp://192.0.2.10:"]);
  await stage.answer("--scheduler=mh\t");
  assert.deepEqual(await stage.bash("sudo lvsctl service add --scheduler=m"), ["mh"]);
  assert.deepEqual(stage.asked(), ["service", "add", "--scheduler=m"]);
  await stage.answer("drain\tdelete real servers");
  assert.deepEqual(await stage.bash("lvsctl server "), ["drain"]);
  assert.deepEqual(stage.asked(), ["server", ""]);
});

Deno.test("bash completes YAML files and directories where a file is meant, and other files where there is none", async () => {
  await using stage = await Stage.create();
  await stage.answer(":files .yaml .yml");
  assert.deepEqual((await stage.bash("lvsctl apply w")).toSorted(), ["web", "web.yaml", "web.yml"]);
  assert.deepEqual(await stage.bash("lvsctl apply n"), ["notes.txt"]);
  await stage.answer(":directories");
  assert.deepEqual(await stage.bash("lvsctl realserver setup --output "), ["web"]);
});

Deno.test("fish completes words with descriptions, and no file among them", async () => {
  await using stage = await Stage.create();
  await stage.answer("drain\tdelete real servers", "delete\tat once");
  assert.deepEqual(await stage.fish("lvsctl server d"), ["delete\tat once", "drain\tdelete real servers"]);
  assert.deepEqual(stage.asked(), ["server", "d"]);
  await stage.answer(...SERVICES);
  assert.deepEqual((await stage.fish("lvsctl service show tcp://192")).toSorted(), [
    "tcp://192.0.2.10:443",
    "tcp://192.0.2.10:80",
  ]);
});

Deno.test("fish completes YAML files where a file is meant", async () => {
  await using stage = await Stage.create();
  await stage.answer(":files .yaml .yml");
  const offered = (await stage.fish("lvsctl apply web.y")).map((line) => line.split("\t")[0]);
  assert.deepEqual(new Set(offered), new Set(["web.yaml", "web.yml"]));
});

Deno.test("zsh completes a word, a service with colons, and a file", async () => {
  await using stage = await Stage.create();
  await stage.answer("drain\tdelete real servers");
  assert.deepEqual(await stage.typed("zsh", "lvsctl server dr\t"), ["server", "drain"]);
  assert.deepEqual(stage.asked(), ["server", "dr"]);
  await stage.answer("tcp://192.0.2.10:80\t");
  assert.deepEqual(await stage.typed("zsh", "lvsctl service show tcp\t"), ["service", "show", "tcp://192.0.2.10:80"]);
  await stage.answer(":files .yaml .yml");
  assert.deepEqual(await stage.typed("zsh", "lvsctl apply web.ya\t"), ["apply", "web.yaml"]);
});

for (const shell of SHELLS) {
  Deno.test(`${shell} on a terminal completes what a TAB is typed behind, by the program's answers`, async () => {
    await using stage = await Stage.create();
    for (
      const [line, words] of [
        ["sync stop ma\t", ["sync", "stop", "master"]],
        ["apply --only add,edit-serve\t", ["apply", "--only", "add,edit-server"]],
        ["top --columns=active,in-b\t", ["top", "--columns=active,in-bytes"]],
        ["apply web.ya\t", ["apply", "web.yaml"]],
        ["flush --no-i\t", ["flush", "--no-input"]],
      ] as const
    ) assert.deepEqual(await stage.typed(shell, `lvsctl ${line}`), words, line);
  });
}

Deno.test("the program answers what the scripts ask", async () => {
  const { stdout } = await run([PROGRAM, "__complete", "--", "service", "add", "--scheduler", "m"], {
    ...PROGRAM_ENVIRONMENT,
  });
  assert.equal(stdout, "mh\tMaglev hashing\n");
});

import assert from "node:assert/strict";
import { Progress, type ProgressIo } from "../../../../cli/terminal/progress.ts";
import { FakeClock } from "../../../support/fake_clock.ts";
import { TerminalScreen } from "../../../support/terminal_screen.ts";

/** Standard error on a terminal of 40 columns. */
function terminal(): { readonly io: ProgressIo; readonly screen: TerminalScreen } {
  const screen = new TerminalScreen({ columns: 40, rows: 3 });
  const write = (text: string): void => screen.write(text);
  return { screen, io: { err: write, control: write, errIsTerminal: true, terminalSize: () => screen } };
}

Deno.test("Progress shows nothing in the first second, then one line that changes five times a second, and clears it", async () => {
  const { io, screen } = terminal();
  const clock = new FakeClock();
  let texts = 0;
  {
    using progress = new Progress(io, { now: () => clock.now() });
    using _updates = progress.keepShowing(() => `checked ${++texts} of 500`, { clock });
    await clock.advance(999);
    assert.deepEqual(screen.text, ["", "", ""]);
    await clock.advance(1);
    assert.deepEqual(screen.text, ["checked 1 of 500", "", ""]);
    await clock.advance(10_000);
    assert.deepEqual(screen.text, ["checked 51 of 500", "", ""]);
  }
  assert.deepEqual(screen.text, ["", "", ""]);
  assert.equal(clock.pending, 0);
});

Deno.test("Progress never wraps or scrolls, and escapes control characters", () => {
  const { io, screen } = terminal();
  let now = 0;
  using progress = new Progress(io, { now: () => now, delayMs: 0 });
  for (const text of ["x".repeat(200), "a\nb\x1b[2J", "\u30b5".repeat(40)]) {
    progress.show(() => text);
    now += 1000;
    assert.deepEqual(screen.text.slice(1), ["", ""]);
  }
  assert.deepEqual([screen.wraps, screen.scrolls], [0, 0]);
});

Deno.test("Progress shows nothing where standard error is no terminal, and makes no text", () => {
  const written: string[] = [];
  const write = (text: string): void => void written.push(text);
  const clock = new FakeClock();
  {
    using progress = new Progress({ err: write, control: write }, { now: () => 1e9, delayMs: 0 });
    progress.show(() => assert.fail("a text was made"));
    using _updates = progress.keepShowing(() => assert.fail("a text was made"), { clock });
    assert.equal(clock.pending, 0);
  }
  assert.deepEqual(written, []);
});

Deno.test("Progress shows nothing with --quiet", () => {
  const { io, screen } = terminal();
  using progress = new Progress({ ...io, verbosity: "quiet" }, { now: () => 1e9, delayMs: 0 });
  progress.show(() => assert.fail("a text was made"));
  assert.equal(screen.text.join(""), "");
});

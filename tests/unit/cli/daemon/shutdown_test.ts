import assert from "node:assert/strict";
import { endRouters } from "../../../../cli/daemon/shutdown.ts";

/** What is done at an end, in order; a stop follows the signal for a restart if `stops` says so. */
async function deedsOf(
  { isRestart, stops }: { readonly isRestart: boolean; readonly stops: boolean },
): Promise<readonly string[]> {
  const deeds: string[] = [];
  const stopped = Promise.withResolvers<void>();
  const commands = Promise.withResolvers<void>();
  const ends = { isRestart, stopped: stopped.promise };
  const ended = endRouters({
    notifier: {
      commandsEnd: ({ withinMs }) => {
        deeds.push(`commands ${withinMs}`);
        return commands.promise;
      },
      close: ({ graceMs, commandsMs }) => {
        deeds.push(`close ${graceMs} ${commandsMs}`);
        return Promise.resolve();
      },
    },
    routers: {
      ended: ({ isRestart }) => {
        deeds.push(isRestart ? "left" : "ended");
        return Promise.resolve();
      },
    },
    ends,
  });
  if (stops) {
    ends.isRestart = false;
    stopped.resolve();
  } else commands.resolve();
  await ended;
  return deeds;
}

Deno.test("endRouters() sends the notifications of routers that end because a stop follows a restart", async () => {
  assert.deepEqual(await deedsOf({ isRestart: true, stops: true }), ["commands 20000", "ended", "close 3000 3000"]);
});

Deno.test("endRouters() waits for commands at a restart, and for all notifications at a stop", async () => {
  assert.deepEqual(await deedsOf({ isRestart: true, stops: false }), ["commands 20000", "left", "close 3000 0"]);
  assert.deepEqual(await deedsOf({ isRestart: false, stops: false }), ["ended", "close 3000 3000"]);
});

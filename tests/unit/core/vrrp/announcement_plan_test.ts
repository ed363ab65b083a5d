import assert from "node:assert/strict";
import { type Announcement, AnnouncementPlan } from "../../../../core/vrrp/announcement_plan.ts";

/** What is announced from a moment on, each with the time since then. */
function announcements(plan: AnnouncementPlan, from: number): readonly (readonly [number, Announcement])[] {
  const all: (readonly [number, Announcement])[] = [];
  for (let at = plan.dueAt; at < Infinity; at = plan.dueAt) {
    const due = plan.takeDue(at);
    if (due !== undefined) all.push([at - from, due]);
  }
  return all;
}

Deno.test("AnnouncementPlan announces all addresses several times after they are added", () => {
  const plan = new AnnouncementPlan({ claims: false });
  plan.begin(1000);
  assert.deepEqual(announcements(plan, 1000), [0, 100, 200, 300, 400, 5000, 5100, 5200].map((at) => [at, "all"]));
});

Deno.test("AnnouncementPlan claims a virtual hardware address with one frame at least every 50 ms for more than a second", () => {
  const plan = new AnnouncementPlan({ claims: true });
  plan.begin(1000);
  const all = announcements(plan, 1000);
  const times = all.map(([at]) => at);
  assert.deepEqual(all.filter(([at]) => at <= 150), [
    [0, "all"],
    [20, "one"],
    [40, "one"],
    [60, "one"],
    [80, "one"],
    [100, "all"],
    [150, "one"],
  ]);
  const early = times.filter((at) => at <= 1200);
  assert.equal(early.at(-1), 1200);
  assert.ok(early.every((at, index) => at - (early[index - 1] ?? 0) <= 50), early.join());
  assert.deepEqual(all.filter(([at]) => at > 1200), [[5000, "all"], [5100, "all"], [5200, "all"]]);
});

Deno.test("AnnouncementPlan claims a virtual hardware address again after another director was active", () => {
  const plan = new AnnouncementPlan({ claims: true });
  plan.begin(1000);
  announcements(plan, 1000);
  plan.repeat(10_000);
  assert.deepEqual(announcements(plan, 10_000).slice(0, 3), [[0, "all"], [20, "one"], [40, "one"]]);
});

Deno.test("AnnouncementPlan begins no other claims while some are due, however often another director advertises", () => {
  const plan = new AnnouncementPlan({ claims: true });
  plan.begin(1000);
  let ones = 0;
  for (let now = 1000; now <= 2000; now++) {
    plan.repeat(now);
    if (plan.takeDue(now) === "one") ones++;
  }
  assert.ok(ones <= 20, `${ones}`);
});

Deno.test("AnnouncementPlan announces nothing after the addresses are removed", () => {
  const plan = new AnnouncementPlan({ claims: true });
  plan.begin(1000);
  plan.end();
  assert.equal(plan.dueAt, Infinity);
  assert.equal(plan.takeDue(2000), undefined);
});

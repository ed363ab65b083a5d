import type { StoreStatus } from "../../core/cluster/mod.ts";

/** The state of a configuration whose store has been away for a minute, while a roll-out had halted. */
export function storeStatus(at: number): StoreStatus {
  const digest = "0123456789abcdef".repeat(4);
  return {
    active: { number: 6, text: "", digest, author: "alice@admin", at: at - 3_600_000 },
    confirmedAt: at - 60_000,
    problem: "Cannot read 10.0.0.1:2379: no answer within 4s",
    refusal: "version 7 is not active: it is not valid",
    rollout: {
      number: 7,
      digest,
      author: "bob@admin",
      at: at - 120_000,
      base: 6,
      state: "halted",
      soakMs: 30_000,
      turn: "two",
      reason: "two: the quorum of web is lost",
    },
    endpoints: [
      { address: "10.0.0.1:2379", isCurrent: false, answered: false, problem: "no answer within 4s", ageMs: 9000 },
      { address: "10.0.0.2:2379", isCurrent: true, answered: true, problem: undefined, ageMs: 4000 },
      { address: "10.0.0.3:2379", isCurrent: false, answered: undefined, problem: undefined, ageMs: undefined },
    ],
  };
}

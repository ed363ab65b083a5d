import type { SharingStatus } from "../../core/sharing/mod.ts";

/** The verdicts of a director that alone cannot reach its servers, whose store has just gone. */
export function sharingStatus(): SharingStatus {
  return {
    quorum: 2,
    directors: ["bravo", "charlie"],
    ignored: 1,
    unpublished: 0,
    disputed: 3,
    isBlind: true,
    problem: "Cannot read 10.0.0.1:2379: no answer within 4s",
  };
}

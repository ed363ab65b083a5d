import { EINVAL } from "./errnos.ts";
import { attribute, type Attributes, little, readU32 } from "./wire.ts";

/** Longest timeout of a kernel with 100 ticks per second; seconds. */
const LONGEST = Math.floor(0x7fffffff / 100);

/** Attributes TIMEOUT_TCP, TIMEOUT_TCP_FIN and TIMEOUT_UDP. */
const TYPES = [4, 5, 6];

/** The timeouts of connections. */
export class Timeouts {
  #seconds = [900, 120, 300];

  /** SET_CONFIG: all timeouts or none; an absent one, or 0, leaves its value unchanged. */
  set(request: Attributes): number {
    const asked = TYPES.map((type) => readU32(request.get(type) ?? new Uint8Array(4)));
    if (asked.some((value) => value > LONGEST)) return EINVAL;
    this.#seconds = this.#seconds.map((value, index) => asked[index] || value);
    return 0;
  }

  /** The attributes of an answer. */
  encode(): number[] {
    return TYPES.flatMap((type, index) => attribute(type, little(this.#seconds[index] ?? 0, 4)));
  }
}

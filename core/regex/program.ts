import type { CodeUnits } from "./code_units.ts";
import type { Assertion, Node } from "./syntax.ts";

/** One state of the automaton. */
export type State =
  /** The text matches. */
  | { readonly kind: "match" }
  /** One code unit leads to the next state. */
  | { readonly kind: "unit"; readonly set: number; readonly next: number }
  /** Both next states are possible. */
  | { readonly kind: "fork"; readonly next: number; readonly other: number }
  /** A condition on the position leads to the next state. */
  | { readonly kind: "assertion"; readonly assertion: Assertion; readonly next: number };

/** A regular expression as an automaton with several states at a time. */
export interface Program {
  /** The states; the first means that the text matches. */
  readonly states: readonly State[];
  /** The state at the start. */
  readonly entry: number;
  /** The sets of code units that the states name. */
  readonly sets: readonly CodeUnits[];
}

/** The number of states of an expression, without building them; it may be infinite. */
export function countStates(node: Node): number {
  switch (node.kind) {
    case "empty":
      return 0;
    case "unit":
    case "assertion":
      return 1;
    case "sequence":
      return node.parts.reduce((sum, part) => sum + countStates(part), 0);
    case "choice":
      return node.parts.reduce((sum, part) => sum + countStates(part) + 1, -1);
    case "repetition": {
      const { body, min, max } = node;
      const size = countStates(body);
      if (max === Infinity) return size * Math.max(min, 1) + 1;
      return size * min + (size + 1) * (max - min);
    }
  }
}

/** Builds the automaton of an expression, whose number of states the caller limits. */
export function buildProgram(node: Node): Program {
  return new Builder().build(node);
}

class Builder {
  readonly #states: State[] = [{ kind: "match" }];
  readonly #sets: CodeUnits[] = [];
  readonly #setNumbers = new Map<string, number>();

  build(node: Node): Program {
    const entry = this.#add(node, 0);
    return { states: this.#states, entry, sets: this.#sets };
  }

  #push(state: State): number {
    return this.#states.push(state) - 1;
  }

  #setOf(units: CodeUnits): number {
    const key = units.join();
    const known = this.#setNumbers.get(key);
    if (known !== undefined) return known;
    const number = this.#sets.push(units) - 1;
    this.#setNumbers.set(key, number);
    return number;
  }

  /** Adds the states of a part before a state; returns its first state. */
  #add(node: Node, next: number): number {
    switch (node.kind) {
      case "empty":
        return next;
      case "unit":
        return this.#push({ kind: "unit", set: this.#setOf(node.units), next });
      case "assertion":
        return this.#push({ kind: "assertion", assertion: node.assertion, next });
      case "sequence":
        return node.parts.reduceRight((following, part) => this.#add(part, following), next);
      case "choice":
        return node.parts.map((part) => this.#add(part, next)).reduceRight((other, first) =>
          this.#push({ kind: "fork", next: first, other })
        );
      case "repetition":
        return this.#repeat(node, next);
    }
  }

  #repeat({ body, min, max }: Node & { readonly kind: "repetition" }, next: number): number {
    let first = next;
    let copies = min;
    if (max === Infinity) {
      const fork = this.#push({ kind: "match" });
      const loop = this.#add(body, fork);
      this.#states[fork] = { kind: "fork", next: loop, other: next };
      first = min === 0 ? fork : loop;
      copies = Math.max(0, min - 1);
    } else {
      for (let count = min; count < max; count++) {
        first = this.#push({ kind: "fork", next: this.#add(body, first), other: next });
      }
    }
    for (; copies > 0; copies--) first = this.#add(body, first);
    return first;
  }
}

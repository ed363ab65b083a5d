import { describeTrack, type VrrpInstance, type VrrpTrack } from "../model/mod.ts";
import type { Clock } from "../time/mod.ts";
import type { TrackState } from "./effective_priority.ts";

/** The largest number of a file, and the smallest one without its sign. */
const LARGEST = 254;

type FileTrack = Extract<VrrpTrack, { readonly kind: "file" }>;

/** Dependencies of a {@linkcode FileWatch}. */
export interface FileWatchOptions {
  /** Reads the beginning of a file; throws if that fails. */
  readonly read: (path: string) => string;
  /** Called when a number has changed. */
  readonly onChange: () => void;
  /** The source of time. */
  readonly clock: Clock;
}

/** Reads the files that instances track, each at its interval. */
export class FileWatch implements Disposable {
  readonly #options: FileWatchOptions;
  readonly #files = new Map<string, { readonly track: FileTrack; value: number; timer: Disposable }>();

  /** Reads nothing yet. */
  constructor(options: FileWatchOptions) {
    this.#options = options;
  }

  /** Takes the instances of a file, and reads what they track. */
  load(instances: readonly VrrpInstance[]): void {
    this[Symbol.dispose]();
    const tracks = instances.flatMap((instance) => instance.tracks).filter((track) => track.kind === "file");
    for (const [label, track] of new Map(tracks.map((each) => [describeTrack(each), each]))) {
      this.#files.set(label, { track, value: this.#read(track), timer: this.#later(label, track) });
    }
  }

  /** The numbers by label. */
  get states(): Readonly<Record<string, TrackState>> {
    return Object.fromEntries([...this.#files].map(([label, { value }]) => [label, value]));
  }

  /** Reads no more. */
  [Symbol.dispose](): void {
    for (const { timer } of this.#files.values()) timer[Symbol.dispose]();
    this.#files.clear();
  }

  #later(label: string, track: FileTrack): Disposable {
    return this.#options.clock.setTimer(() => {
      const file = this.#files.get(label);
      if (file === undefined) return;
      const value = this.#read(track);
      const hasChanged = value !== file.value;
      this.#files.set(label, { track, value, timer: this.#later(label, track) });
      if (hasChanged) this.#options.onChange();
    }, track.intervalMs);
  }

  /** The number in a file; 0 without one, as in keepalived, so that a file may be created later. */
  #read({ path }: FileTrack): number {
    try {
      const [number = ""] = /^\s*[+-]?\d{1,9}(?=\s|$)/.exec(this.#options.read(path)) ?? [];
      return Math.max(-LARGEST, Math.min(LARGEST, Number(number)));
    } catch {
      return 0;
    }
  }
}

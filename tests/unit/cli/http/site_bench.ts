/**
 * The pages of a daemon on an in-memory kernel, over a real connection.
 *
 * @module
 */
import type { SiteSettings } from "../../../../cli/http/settings.ts";
import { Readings } from "../../../../cli/http/readings.ts";
import { Site } from "../../../../cli/http/site.ts";
import type { SiteSource } from "../../../../cli/http/snapshot.ts";
import { daemonMetrics } from "../../../../core/metrics/mod.ts";
import { type DesiredService, parseIpAddress } from "../../../../core/model/mod.ts";
import type { Clock } from "../../../../core/time/mod.ts";
import { Bench, web } from "../../core/daemon/daemon_bench.ts";

/** The daemon's process, as the pages show it. */
export const ABOUT = {
  pid: 7,
  version: "1.2.3",
  file: "/etc/lvsctl/lvsctl.yaml",
  startedAt: 0,
  loadedAt: 0,
  repair: false,
  dryRun: false,
} as const;

/** A service without a check. */
export function unchecked(properties: Partial<DesiredService>): DesiredService {
  const { check: _check, ...service } = web(properties);
  return service;
}

/** An answer. */
export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

/** The pages of a daemon. */
export class SiteBench implements AsyncDisposable {
  readonly bench = new Bench();
  readonly bugs: unknown[] = [];
  readonly table = this.bench.kernel.openClient();
  readonly site: Site;
  readonly shared: Readings;
  /** How often the services were worked out. */
  readings = 0;

  private constructor(site: Site, readings: Readings) {
    this.site = site;
    this.shared = readings;
  }

  static async open(
    { source = {}, clock, ...settings }:
      & Partial<SiteSettings>
      & { readonly source?: Partial<SiteSource>; readonly clock?: Clock } = {},
  ): Promise<SiteBench> {
    const holder: { bench?: SiteBench } = {};
    const bench = (): SiteBench => {
      if (holder.bench === undefined) throw new Error("the bench is not ready");
      return holder.bench;
    };
    const address = { transport: "tcp", hostname: parseIpAddress("127.0.0.1"), port: 0 } as const;
    const readings = new Readings({
      table: {
        listServicesInSteps: () => bench().table.listServicesInSteps(),
        listServersInSteps: (id) => bench().table.listServersInSteps(id),
      },
      timeOfDay: () => bench().bench.clock.now(),
      clock,
    });
    const site = await Site.open({ address, hosts: new Set(), logins: undefined, ...settings }, {
      readings,
      onBug: (error) => bench().bugs.push(error),
      clock,
    });
    const { daemon } = (holder.bench = new SiteBench(site, readings)).bench;
    site.serve({
      isAlive: () => daemon.isAlive,
      about: () => ABOUT,
      services: (table) => {
        bench().readings++;
        return daemon.decisionsInSteps(table);
      },
      problems: () => daemon.problems,
      routers: () => [],
      metrics: (services, level) =>
        daemonMetrics({
          services,
          tallies: daemon.tallies,
          startedAt: 0,
          loadedAt: 0,
          isLoaded: true,
          reloads: { all: 0, failed: 0 },
          residentBytes: 4096,
          checksInProgress: 3,
        }, level),
      ...source,
    });
    return bench();
  }

  async get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    const response = await fetch(`${this.site.place}${path}`, { headers });
    return {
      status: response.status,
      type: response.headers.get("content-type") ?? "",
      text: await response.text(),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.shared[Symbol.dispose]();
    await this.site[Symbol.asyncDispose]();
    this.table.close();
    await this.bench[Symbol.asyncDispose]();
  }
}

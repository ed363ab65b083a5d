/**
 * The changelog in Debian's format.
 *
 * @module
 */

/** The revision of the packages of one version of lvsctl. */
const REVISION = 1;

/** The version of the packages. */
export function packageVersion(version: string): string {
  return `${version}-${REVISION}`;
}

/** What a changelog entry needs besides the versions. */
export interface ChangelogOptions {
  /** The version that is packaged. */
  readonly version: string;
  /** Its time; seconds since 1970. */
  readonly time: number;
  /** Name and address of the maintainer. */
  readonly maintainer: string;
}

/**
 * Returns the changelog: the packaged version, and the earlier ones that CHANGELOG.md names with their days.
 *
 * @param changelog CHANGELOG.md, which the package has as changelog.gz.
 */
export function debianChangelog(changelog: string, { version, time, maintainer }: ChangelogOptions): string {
  const released = [...changelog.matchAll(/^## (\d+\.\d+\.\d+) \((\d{4}-\d\d-\d\d)\)$/gm)];
  const earlier = released.filter(([, name]) => name !== version).map(([, name = "", day = ""]) => ({
    name,
    seconds: Date.parse(`${day}T12:00:00Z`) / 1000,
  }));
  return [{ name: version, seconds: time }, ...earlier].map(({ name, seconds }) =>
    `lvsctl (${packageVersion(name)}) unstable; urgency=medium\n\n  * Version ${name}: see changelog.gz.\n\n` +
    ` -- ${maintainer}  ${mailDate(seconds)}\n`
  ).join("\n");
}

/** A time as mails write it, in UTC. */
function mailDate(seconds: number): string {
  return new Date(seconds * 1000).toUTCString().replace("GMT", "+0000");
}

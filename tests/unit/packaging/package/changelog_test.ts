import assert from "node:assert/strict";
import { debianChangelog, packageVersion } from "../../../../packaging/package/changelog.ts";

const CHANGELOG =
  "# Changelog\n\n## Unreleased\n\n- x\n\n## 0.2.0 (2026-11-28)\n\n- y\n\n## 0.1.0 (2026-11-23)\n\n- z\n";
const MAINTAINER = "Example <lvsctl@example.org>";

Deno.test("debianChangelog: the packaged version comes first, each version once, with its day", () => {
  assert.equal(
    debianChangelog(CHANGELOG, { version: "0.2.0", time: 1796000000, maintainer: MAINTAINER }),
    [
      "lvsctl (0.2.0-1) unstable; urgency=medium",
      "",
      "  * Version 0.2.0: see changelog.gz.",
      "",
      ` -- ${MAINTAINER}  Mon, 30 Nov 2026 00:53:20 +0000`,
      "",
      "lvsctl (0.1.0-1) unstable; urgency=medium",
      "",
      "  * Version 0.1.0: see changelog.gz.",
      "",
      ` -- ${MAINTAINER}  Mon, 23 Nov 2026 12:00:00 +0000`,
      "",
    ].join("\n"),
  );
  assert.equal(packageVersion("1.2.3"), "1.2.3-1");
});

import assert from "node:assert/strict";
import { readSiteSettings } from "../../../../cli/http/settings.ts";
import { parseListenAddress } from "../../../../core/model/mod.ts";
import { lvsctl } from "../../../support/command_line.ts";

Deno.test("readSiteSettings() refuses an address of the network without a login", () => {
  const none = { allowHosts: [] };
  for (const address of ["0.0.0.0:9180", "[::]:9180", "192.0.2.1:9180"]) {
    assert.throws(
      () => readSiteSettings({ ...none, listen: parseListenAddress(address) }),
      /^LvsctlError: Cannot listen at http:\S+: every user of the network could read the status there; add --login-file FILE, or /,
    );
  }
  const local = readSiteSettings({ allowHosts: ["LVS.example"], listen: parseListenAddress("[::1]:9180") });
  assert.deepEqual([local.logins, ...local.hosts], [undefined, "lvs.example"]);
});

Deno.test("readSiteSettings() reads logins of a file that only its owner can read", () => {
  const path = Deno.makeTempFileSync();
  try {
    Deno.writeTextFileSync(path, "ada:sesame\n");
    const settings = { allowHosts: [], loginFile: path, listen: parseListenAddress("0.0.0.0:9180") };
    Deno.chmodSync(path, 0o640);
    assert.throws(() => readSiteSettings(settings), /other users may read it; run "chmod 600 /);
    Deno.chmodSync(path, 0o600);
    assert.equal(readSiteSettings(settings).logins?.accepts(`Basic ${btoa("ada:sesame")}`), true);
    Deno.writeTextFileSync(path, "sesame\n");
    assert.throws(
      () => readSiteSettings(settings),
      new RegExp(
        `^LvsctlError: Cannot read the logins of ${path}: line 1 is not a login; write USER:PASSWORD or Bearer TOKEN$`,
      ),
    );
    Deno.removeSync(path);
    assert.throws(() => readSiteSettings(settings), /^LvsctlError: Cannot read .*\(ENOENT\)/);
  } finally {
    try {
      Deno.removeSync(path);
    } catch {
      // The test has removed it.
    }
  }
});

Deno.test("run refuses an address of the network without a login before it does anything else", async () => {
  const { code, err } = await lvsctl("run /nonexistent.yaml --listen 0.0.0.0:9180");
  assert.equal(code, 2);
  assert.match(err, /^lvsctl: Cannot listen at http:\/\/0\.0\.0\.0:9180: every user of the network/);
});

Deno.test("run refuses options of --listen without it", async () => {
  for (const option of ["--allow-host lvs.example", "--login-file /nonexistent"]) {
    const { code, err } = await lvsctl(`run /nonexistent.yaml ${option}`);
    assert.equal(code, 2);
    assert.match(err, /^lvsctl: --allow-host and --login-file are about --listen; add --listen IP:PORT$/m);
  }
});

import assert from "node:assert/strict";
import { EXIT } from "../../../../../core/errors/mod.ts";
import { AnsweringDaemon } from "../../../../support/answering_daemon.ts";
import { lvsctl } from "../../../../support/command_line.ts";
import { memoryKernel } from "../../../../support/kernel_state.ts";
import { serviceEntry } from "../../../../support/samples.ts";
import { statusReport } from "../../../../support/status_report.ts";

const WEB = "tcp://192.0.2.10:80";

Deno.test("server maint and weight take a server of the daemon's file that is out of the table", async () => {
  const kernel = memoryKernel({ services: [serviceEntry(WEB, "10.0.0.11:80")] });
  await using daemon = new AnsweringDaemon({
    report: statusReport,
    names: () => [],
    decisions: () => ({}),
    readOverrides: () => [],
  });
  const options = { kernel, directories: daemon.directories };
  for (const line of [`server maint ${WEB} 10.0.0.13`, `server weight ${WEB} 10.0.0.13 5`]) {
    assert.deepEqual([(await lvsctl(line, options)).code, line], [EXIT.ok, line]);
  }
  const wrong = await lvsctl(`server maint ${WEB} 10.0.0.13:8080`, options);
  assert.equal(wrong.code, EXIT.refused);
  assert.match(wrong.err, /no such real server \(ENOENT\); did you mean 10\.0\.0\.13:80\?/);
  const other = await lvsctl(`server maint ${WEB} 10.0.0.14`, options);
  assert.match(other.err, /it has 10\.0\.0\.11:80, 10\.0\.0\.12:80, 10\.0\.0\.13:80;/);
});

import assert from "node:assert/strict";
import { chooseFormat } from "../../../../cli/http/accept.ts";

Deno.test("chooseFormat() gives OpenMetrics to clients that name it and do not prefer text", () => {
  const rows: readonly (readonly [accept: string | undefined, format: string])[] = [
    [undefined, "prometheus"],
    ["", "prometheus"],
    ["*/*", "prometheus"],
    ["text/html, application/xhtml+xml, */*;q=0.8", "prometheus"],
    ["text/plain;version=0.0.4;q=0.5, application/openmetrics-text;version=1.0.0;q=0.4", "prometheus"],
    ["application/openmetrics-text;version=0.0.1", "prometheus"],
    ["application/openmetrics-text;q=0", "prometheus"],
    ["application/openmetrics-text; q=none", "prometheus"],
    ["Application/OpenMetrics-Text", "openmetrics"],
    ["application/openmetrics-text; version=1.0.0; escaping=allow-utf-8", "openmetrics"],
    [
      "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4," +
      "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1",
      "openmetrics",
    ],
  ];
  for (const [accept, format] of rows) assert.equal(chooseFormat(accept).format, format, accept);
});

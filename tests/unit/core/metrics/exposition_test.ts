import assert from "node:assert/strict";
import { encodeMetrics, formatMetrics, type MetricFamily } from "../../../../core/metrics/mod.ts";
import type { MetricFormat } from "../../../../core/metrics/exposition.ts";
import { RowSamples } from "../../../../core/metrics/samples.ts";

function text(families: readonly MetricFamily[], format: MetricFormat = "prometheus"): string {
  return [...formatMetrics(families, format)].join("");
}

const COUNTER: MetricFamily = {
  name: "lvsctl_service_incoming_bytes",
  type: "counter",
  unit: "bytes",
  help: "Bytes from clients",
  samples: [{ labels: { virtual_service: "tcp://192.0.2.10:80" }, value: 2n ** 64n - 1n }],
};

Deno.test("formatMetrics() names the samples of a counter in Prometheus' text, and the family in OpenMetrics", () => {
  assert.equal(
    text([COUNTER]),
    "# HELP lvsctl_service_incoming_bytes_total Bytes from clients\n" +
      "# TYPE lvsctl_service_incoming_bytes_total counter\n" +
      'lvsctl_service_incoming_bytes_total{virtual_service="tcp://192.0.2.10:80"} 18446744073709551615\n',
  );
  assert.equal(
    text([COUNTER], "openmetrics"),
    "# TYPE lvsctl_service_incoming_bytes counter\n" +
      "# UNIT lvsctl_service_incoming_bytes bytes\n" +
      "# HELP lvsctl_service_incoming_bytes Bytes from clients\n" +
      'lvsctl_service_incoming_bytes_total{virtual_service="tcp://192.0.2.10:80"} 18446744073709551615\n' +
      "# EOF\n",
  );
});

Deno.test("formatMetrics() writes an info as a gauge in Prometheus' text", () => {
  const family: MetricFamily = { name: "lvsctl_build", type: "info", help: "Version", samples: [{ value: 1 }] };
  assert.equal(
    text([family]),
    "# HELP lvsctl_build_info Version\n# TYPE lvsctl_build_info gauge\nlvsctl_build_info 1\n",
  );
  assert.equal(
    text([family], "openmetrics"),
    "# TYPE lvsctl_build info\n# HELP lvsctl_build Version\nlvsctl_build_info 1\n# EOF\n",
  );
});

Deno.test("formatMetrics() escapes backslashes, quotes and line ends as each format wants it", () => {
  const family: MetricFamily = {
    name: "lvsctl_x",
    type: "gauge",
    help: 'a "b" \\ \n',
    samples: [{ labels: { name: 'a"b\\c\nd' }, value: 1.5 }],
  };
  const sample = 'lvsctl_x{name="a\\"b\\\\c\\nd"} 1.5\n';
  assert.equal(text([family]), `# HELP lvsctl_x a "b" \\\\ \\n\n# TYPE lvsctl_x gauge\n${sample}`);
  assert.equal(
    text([family], "openmetrics"),
    `# TYPE lvsctl_x gauge\n# HELP lvsctl_x a \\"b\\" \\\\ \\n\n${sample}# EOF\n`,
  );
});

Deno.test("formatMetrics() writes infinity as Prometheus reads it", () => {
  const samples = [Infinity, -Infinity, NaN].map((value) => ({ value }));
  assert.deepEqual(text([{ name: "x", type: "gauge", help: "y", samples }]).split("\n").slice(2, 5), [
    "x +Inf",
    "x -Inf",
    "x NaN",
  ]);
});

Deno.test("formatMetrics() leaves out a family without samples", () => {
  assert.equal(text([{ name: "x", type: "gauge", help: "y", samples: [] }]), "");
  assert.equal(text([{ name: "x", type: "gauge", help: "y", samples: [] }], "openmetrics"), "# EOF\n");
});

Deno.test("formatMetrics() takes samples one by one, and writes them in pieces", () => {
  let taken = 0;
  function* samples(): Generator<{ readonly value: number }> {
    for (; taken < 10_000; taken++) yield { value: taken };
  }
  const pieces = formatMetrics(
    [{ name: "lvsctl_many", type: "gauge", help: "Many", samples: samples() }],
    "prometheus",
  );
  const first = pieces.next().value ?? "";
  assert.ok(first.length >= 64 * 1024 && first.length < 65 * 1024, String(first.length));
  assert.ok(taken < 6000, String(taken));
});

/** Families of the same rows, some of which have no sample. */
function familiesOfRows(count: number): MetricFamily[] {
  const rows = Array.from({ length: count }, (_, row) => ({ row, labels: { row: `"${row}"` } }));
  return [
    { name: "lvsctl_a", type: "counter", help: "A", samples: new RowSamples(rows, ({ row }, add) => add(row)) },
    {
      name: "lvsctl_b",
      type: "gauge",
      help: "B",
      samples: new RowSamples(rows, ({ row }, add) => {
        if (row % 3 === 0) add(row / 2, { to: "up" });
      }),
    },
  ];
}

Deno.test("formatMetrics() writes the samples of rows as those of a list", () => {
  const families = familiesOfRows(5000);
  const listed = families.map((family) => ({ ...family, samples: [...family.samples] }));
  for (const format of ["prometheus", "openmetrics"] as const) {
    assert.equal(text(families, format), text(listed, format));
  }
  assert.match(text(families), /^lvsctl_b\{row="\\"3\\"",to="up"\} 1\.5$/m);
});

Deno.test("encodeMetrics() cuts the samples of rows into pieces of whole lines", () => {
  const pieces = [...encodeMetrics(familiesOfRows(5000), "openmetrics")].map((piece) =>
    new TextDecoder().decode(piece)
  );
  assert.equal(pieces.join(""), text(familiesOfRows(5000), "openmetrics"));
  assert.ok(pieces.length > 1, String(pieces.length));
  for (const piece of pieces) {
    assert.ok(piece.endsWith("\n") && piece.length < 65 * 1024, String(piece.length));
  }
});

Deno.test("encodeMetrics() pauses after many rows without a sample", () => {
  const rows = Array.from({ length: 3000 }, () => ({ labels: {} }));
  const samples = new RowSamples(rows, () => {});
  const pieces = [...encodeMetrics([{ name: "lvsctl_none", type: "gauge", help: "None", samples }], "prometheus")];
  assert.deepEqual(pieces.map(({ length }) => length), [0, 0]);
});

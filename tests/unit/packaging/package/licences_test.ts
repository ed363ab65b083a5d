import assert from "node:assert/strict";
import { components, copyrightFile, sbom } from "../../../../packaging/package/licences.ts";

Deno.test("components: the runtime, its engine and the npm packages of the bundle, each with its licence", async () => {
  const parts = await components();
  assert.deepEqual(parts.map(({ name, licence }) => [name, licence]), [
    ["deno", "MIT"],
    ["v8", "BSD-3-Clause"],
    ["commander", "MIT"],
    ["@commander-js/extra-typings", "MIT"],
    ["yaml", "ISC"],
  ]);
  for (const { name, version, text, purl, sha512 } of parts) {
    assert.match(version, /^\d+\.\d+/, name);
    assert.match(text, /AS IS/, name);
    if (purl.startsWith("pkg:npm/")) assert.match(sha512 ?? "", /^[0-9a-f]{128}$/, name);
  }
});

Deno.test("copyrightFile: every component has its paragraph, and no line of a licence ends it", async () => {
  const parts = await components();
  const text = copyrightFile(parts);
  const paragraphs = text.trimEnd().split("\n\n");
  assert.equal(paragraphs.length, 2 + parts.length);
  for (const line of paragraphs.slice(1).join("\n").split("\n")) {
    assert.match(line, /^(?:Files|Copyright|License|Comment): \S| \S/);
  }
});

Deno.test("sbom: the document describes the program, which contains each component once", async () => {
  const parts = await components();
  const subject = { version: "1.2.3", architecture: "amd64", time: 1796000000, sha256: "ab".repeat(32), crates: [] };
  const document = JSON.parse(sbom(subject, parts));
  assert.equal(document.creationInfo.created, "2026-11-30T00:53:20Z");
  const ids = document.packages.map((each: { SPDXID: string }) => each.SPDXID);
  assert.equal(new Set(ids).size, parts.length + 1);
  for (const id of ids) assert.match(id, /^SPDXRef-[A-Za-z0-9.-]+$/);
  const contained = document.relationships.filter((each: { relationshipType: string }) =>
    each.relationshipType === "CONTAINS"
  ).map((each: { relatedSpdxElement: string }) => each.relatedSpdxElement);
  assert.deepEqual(["SPDXRef-lvsctl", ...contained], ids);
});

Deno.test("sbom: the runtime contains each version of each crate, which may have the name of another part", async () => {
  const crates = [{ name: "v8", version: "1.0.0" }, { name: "a_b", version: "1.0.0" }, {
    name: "a_b",
    version: "2.0.0+c.1",
  }];
  const subject = { version: "1.2.3", architecture: "amd64", time: 1796000000, sha256: "ab".repeat(32), crates };
  const document = JSON.parse(sbom(subject, await components()));
  const ids = document.packages.map((each: { SPDXID: string }) => each.SPDXID);
  assert.equal(new Set(ids).size, ids.length);
  for (const each of ids) assert.match(each, /^SPDXRef-[A-Za-z0-9.-]+$/);
  const contained = document.relationships.filter((each: { spdxElementId: string }) =>
    each.spdxElementId === "SPDXRef-deno"
  ).map((each: { relatedSpdxElement: string }) => each.relatedSpdxElement);
  assert.deepEqual(contained, ids.slice(-crates.length));
  assert.deepEqual(
    document.packages.slice(-1).map((each: { externalRefs: { referenceLocator: string }[] }) =>
      each.externalRefs[0]?.referenceLocator
    ),
    ["pkg:cargo/a_b@2.0.0%2Bc.1"],
  );
});

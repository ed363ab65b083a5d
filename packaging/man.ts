/**
 * `deno task man`: writes the manual pages to `dist/man`.
 *
 * @module
 */
import { dropInPages, manualPages } from "./man/pages.ts";
import { dayOf, sourceDate } from "./source_date.ts";

if (import.meta.main) {
  const day = dayOf(await sourceDate());
  const directory = decodeURIComponent(new URL("../dist/man", import.meta.url).pathname);
  await Deno.mkdir(directory, { recursive: true });
  const pages = [...await manualPages(day), ...dropInPages(day)];
  for (const { name, section, text } of pages) await Deno.writeTextFile(`${directory}/${name}.${section}`, text);
  Deno.stdout.writeSync(new TextEncoder().encode(`${directory}: ${pages.length} manual pages\n`));
}

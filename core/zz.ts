import { parseConfig } from "./config/mod.ts";
for (const f of Deno.args) { try { console.log(JSON.stringify(await parseConfig(Deno.readTextFileSync(f), {file: f}),null,1)); } catch (e) { console.log((e as Error).message); if ((e as Error).name !== "ConfigError") throw e; } }

import { pageTests } from "../../manual.ts";

await pageTests("migrate");

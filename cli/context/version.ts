import config from "../../deno.json" with { type: "json" };

/** The version of lvsctl, from deno.json, the only file that contains it. */
export const VERSION: string = config.version;

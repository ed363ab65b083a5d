import config from "../../deno.json" with { type: "json" };

/** Version of lvsctl, from deno.json: the one place where it is written. */
export const VERSION: string = config.version;

/**
 * The process of virtual routers of another version of lvsctl, which takes commands from standard input as usual.
 *
 * @module
 */
import { speakerSocket, VrrpFiles } from "../../cli/daemon/vrrp_files.ts";
import { runVrrpSpeaker } from "../../core/system/vrrp.ts";

/** Where the daemon under test has its files. */
const DIRECTORIES = { run: "/run/lvsctl" };

if (import.meta.main) {
  Deno.mkdirSync(DIRECTORIES.run, { recursive: true });
  runVrrpSpeaker({ records: new VrrpFiles(DIRECTORIES), socket: speakerSocket(DIRECTORIES), version: "0.0.0" });
}

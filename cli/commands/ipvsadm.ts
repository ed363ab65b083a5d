import { Command, type CommandUnknownOpts } from "../options/commander.ts";

/** `lvsctl ipvsadm`, for the help alone: its command lines are not read by this library. */
export function ipvsadmCommand(): CommandUnknownOpts {
  return new Command("ipvsadm")
    .description(
      "ipvsadm 1.31's command line, output and exit statuses; also what lvsctl is when a link of the name ipvsadm, " +
        'ipvsadm-save or ipvsadm-restore leads to it. "lvsctl ipvsadm --help" lists its options.',
    )
    .argument("[arguments...]", "as ipvsadm takes them");
}

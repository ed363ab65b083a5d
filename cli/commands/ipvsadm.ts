import { Command, type CommandUnknownOpts } from "../options/commander.ts";
import { examples } from "../options/examples.ts";

/** `lvsctl ipvsadm`, for the help alone: cli/dispatch.ts hands its command lines to the ipvsadm front end. */
export function ipvsadmCommand(): CommandUnknownOpts {
  return new Command("ipvsadm")
    .description(
      "Provides ipvsadm 1.31's command line, output and exit statuses, as links named ipvsadm, ipvsadm-save and " +
        'ipvsadm-restore do. "lvsctl ipvsadm --help" lists the options.',
    )
    .argument("[arguments...]", "ipvsadm's arguments")
    .allowUnknownOption()
    .addHelpText("after", examples("lvsctl ipvsadm -L -n", "lvsctl ipvsadm -A -t 192.0.2.10:80 -s wlc"));
}

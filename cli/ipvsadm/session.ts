import type { Change } from "../../core/model/mod.ts";
import type { Context } from "../context/context.ts";
import { printConnections } from "./print/connections.ts";
import { IpvsadmFailure, STATUS } from "./failure.ts";
import { helpText, VERSION_LINE } from "./print/help.ts";
import type { Kernel } from "./kernel.ts";
import { kernelMessage } from "./kernel_message.ts";
import { printDaemons, printRules, printTable, printTimeouts } from "./print/list.ts";
import type { NameService } from "./names.ts";
import { Output } from "../context/buffered_output.ts";
import type { Request } from "./parse/request.ts";

/** What every command line of one run shares. */
export interface Session {
  /** Streams. */
  readonly context: Context;
  /** The kernel. */
  readonly kernel: Kernel;
  /** Looks up names. */
  readonly names: NameService;
  /** The name that the program was called by. */
  readonly program: string;
  /** Standard output. */
  readonly output: Output;
}

/**
 * Does what one command line asks for, a restore aside.
 *
 * @throws {IpvsadmFailure} If the kernel refuses.
 */
export function runRequest(session: Session, request: Exclude<Request, { readonly kind: "restore" }>): void {
  switch (request.kind) {
    case "change":
      return performChange(session, request.change);
    case "list":
      return printTable(session, request);
    case "save":
      return printRules(session, request.format);
    case "connections":
      return printConnections(session.output, {
        names: request.format.numeric ? undefined : session.names,
        withEngine: request.withEngine,
      });
    case "timeouts":
      return printTimeouts(session);
    case "daemons":
      return printDaemons(session);
    case "help":
      return session.output.write(helpText(session.program));
    case "version":
      return session.output.write(`${VERSION_LINE}\n`);
  }
}

function performChange({ kernel }: Session, change: Change): void {
  const error = kernel.client.execute([change]).get(0);
  if (error !== undefined) {
    throw new IpvsadmFailure(kernelMessage(error, change.operation), { status: STATUS.refused, final: false });
  }
}

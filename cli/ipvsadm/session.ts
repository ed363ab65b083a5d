import type { Change } from "../../core/model/mod.ts";
import type { KernelContext } from "../context/context.ts";
import { printConnections } from "./print/connections.ts";
import { IpvsadmFailure, STATUS } from "./failure.ts";
import { helpText, VERSION_LINE } from "./print/help.ts";
import type { Kernel } from "./kernel.ts";
import { kernelMessage } from "./kernel_message.ts";
import { printDaemons, printRules, printTable, printTimeouts } from "./print/list.ts";
import type { NameService } from "./names.ts";
import { Output } from "../context/buffered_output.ts";
import type { Request } from "./parse/request.ts";

/** The objects that all command lines of a run share. */
export interface Session {
  /** The streams. */
  readonly context: KernelContext;
  /** The kernel. */
  readonly kernel: Kernel;
  /** Looks up names. */
  readonly names: NameService;
  /** The program's name in its messages. */
  readonly program: string;
  /** Standard output. */
  readonly output: Output;
}

/**
 * Runs the request of a command line, except a restore.
 *
 * @throws {IpvsadmFailure} If the kernel refuses.
 */
export function runRequest(session: Session, request: Exclude<Request, { readonly kind: "restore" }>): void {
  switch (request.kind) {
    case "change":
      return applyChange(session, request.change);
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

function applyChange({ context, kernel }: Session, change: Change): void {
  context.io.beginChange?.();
  const error = kernel.client.execute([change]).get(0);
  if (error !== undefined) {
    throw new IpvsadmFailure(kernelMessage(error, change.operation), { status: STATUS.refused, final: false });
  }
}

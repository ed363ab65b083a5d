import type { Delivery, Dispatch, SenderContext } from "./delivery.ts";

/** Sends messages in the way of their notification; its module is loaded when it is first needed. */
export async function send(
  { notification, ...rest }: Dispatch,
  context: SenderContext,
  options: { readonly signal: AbortSignal },
): Promise<Delivery> {
  switch (notification.type) {
    case "exec":
      return (await import("./ways/exec.ts")).sendByExec({ notification, ...rest }, context, options);
    case "webhook":
      return (await import("./ways/webhook.ts")).sendByWebhook({ notification, ...rest }, context, options);
    case "mail":
      return (await import("./ways/mail.ts")).sendByMail({ notification, ...rest }, context, options);
    case "syslog":
      return (await import("./ways/syslog.ts")).sendBySyslog({ notification, ...rest }, context);
  }
}

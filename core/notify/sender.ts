import type { Delivery, Dispatch, Surroundings } from "./delivery.ts";

/** Sends by the way that a notification asks for; each is loaded when it is first needed. */
export async function send(
  { notification, ...rest }: Dispatch,
  surroundings: Surroundings,
  options: { readonly signal: AbortSignal },
): Promise<Delivery> {
  switch (notification.type) {
    case "exec":
      return (await import("./ways/exec.ts")).sendByExec({ notification, ...rest }, surroundings, options);
    case "webhook":
      return (await import("./ways/webhook.ts")).sendByWebhook({ notification, ...rest }, surroundings, options);
    case "mail":
      return (await import("./ways/mail.ts")).sendByMail({ notification, ...rest }, surroundings, options);
    case "syslog":
      return (await import("./ways/syslog.ts")).sendBySyslog({ notification, ...rest }, surroundings);
  }
}

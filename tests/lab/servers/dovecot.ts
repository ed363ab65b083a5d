/**
 * Dovecot: IMAP and POP3, without encryption.
 *
 * @module
 */
import { mustRun } from "../namespace.ts";
import { makeHome, type RunningServer, type ServerPlace, untilListening } from "./place.ts";

/** Who can log in. */
export const MAIL_USER = { name: "visitor", password: "secret" } as const;

/**
 * Starts one on ports 143 and 110. Its greeting has its name, and so has the one message of {@linkcode MAIL_USER}, as
 * its subject.
 *
 * @param place where
 * @returns the server, once it listens
 */
export async function startDovecot(place: ServerPlace): Promise<RunningServer> {
  const home = await makeHome(`dovecot-${place.name}`, [
    {
      path: "mail/new/1.lab",
      text: `From: lab@lab.example\nTo: visitor@lab.example\nSubject: ${place.name}\n\nHello.\n`,
    },
    {
      path: "dovecot.conf",
      text: `protocols = imap pop3
base_dir = /tmp/dovecot-${place.name}/run
state_dir = /tmp/dovecot-${place.name}/run
log_path = /dev/stderr
listen = ${place.address}
login_greeting = ${place.name}
ssl = no
disable_plaintext_auth = no
auth_failure_delay = 0
mail_location = maildir:/tmp/dovecot-${place.name}/mail
first_valid_uid = 1
passdb {
  driver = static
  args = user=${MAIL_USER.name} password=${MAIL_USER.password}
}
userdb {
  driver = static
  args = uid=mail gid=mail home=/tmp/dovecot-${place.name}
}
service imap-login {
  chroot =
}
service pop3-login {
  chroot =
}
service stats {
  chroot =
}
`,
    },
  ]);
  for (const directory of ["cur", "tmp"]) await Deno.mkdir(`${home}/mail/${directory}`);
  await mustRun(["chown", "-R", "mail:mail", `${home}/mail`]);
  const process = place.start(["dovecot", "-F", "-c", `${home}/dovecot.conf`]);
  for (const port of [143, 110]) await untilListening(process, port);
  return { process, home };
}

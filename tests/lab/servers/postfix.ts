/**
 * Postfix: SMTP for one domain, whose mail it keeps.
 *
 * @module
 */
import { mustRun } from "../namespace.ts";
import { makeHome, type RunningServer, type ServerPlace, untilListening } from "./place.ts";

/** Whoever is written to there has one mailbox. */
export const MAIL_DOMAIN = "lab.example";

const QUEUES = ["active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming", "private", "saved"];

/** What runs, and who may use it; the last column is the program with its arguments. */
const SERVICES = `smtp inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
virtual unix - n n - - virtual
error unix - - n - - error
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
`;

/**
 * Starts one on port 25. Its greeting has its name; mail for {@linkcode MAIL_DOMAIN} is put into `mail/inbox/new`, a
 * file each.
 *
 * @param place where
 * @returns the server, once it listens
 */
export async function startPostfix(place: ServerPlace): Promise<RunningServer> {
  const home = await makeHome(`postfix-${place.name}`, [
    { path: "etc/master.cf", text: SERVICES },
    {
      path: "etc/main.cf",
      text: `compatibility_level = 3.6
queue_directory = /tmp/postfix-${place.name}/queue
data_directory = /tmp/postfix-${place.name}/data
maillog_file = /dev/stdout
maillog_file_prefixes = /dev
myhostname = ${place.name}.lab
mydestination =
inet_interfaces = ${place.address}
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
smtpd_relay_restrictions = reject_unauth_destination
disable_dns_lookups = yes
smtpd_peername_lookup = no
local_recipient_maps =
alias_maps =
alias_database =
virtual_mailbox_domains = ${MAIL_DOMAIN}
virtual_mailbox_base = /tmp/postfix-${place.name}/mail
virtual_mailbox_maps = static:inbox/
virtual_uid_maps = static:65534
virtual_gid_maps = static:65534
`,
    },
  ]);
  for (const queue of [...QUEUES, "maildrop", "pid", "public", "trace"]) {
    await Deno.mkdir(`${home}/queue/${queue}`, { recursive: true });
  }
  for (const directory of ["data", "mail"]) await Deno.mkdir(`${home}/${directory}`);
  const queues = QUEUES.concat("trace").map((queue) => `${home}/queue/${queue}`);
  await mustRun(["chown", "postfix", ...queues, `${home}/data`]);
  await mustRun(["chown", "nobody", `${home}/mail`]);
  await mustRun(["chown", "postfix:postdrop", `${home}/queue/maildrop`, `${home}/queue/public`]);
  await mustRun(["chmod", "710", `${home}/queue/public`]);
  await mustRun(["chmod", "1730", `${home}/queue/maildrop`]);
  // postfix(1) would check files of the machine first, and correct them.
  const process = place.start(["/usr/lib/postfix/sbin/master", "-c", `${home}/etc`, "-s"]);
  await untilListening(process, 25);
  return { process, home };
}

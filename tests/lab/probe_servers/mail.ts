/**
 * Mail servers that speak TLS: Dovecot and Postfix.
 *
 * @module
 */
import { tlsFile } from "../../support/tls.ts";
import type { BackgroundProcess } from "../background_process.ts";
import { PROBE_LOGIN, startLocalServer } from "./local_server.ts";

/** Starts Dovecot on ports 143, 993, 110 and 995. */
export function startDovecot(): Promise<BackgroundProcess> {
  const { user, password } = PROBE_LOGIN;
  return startLocalServer({
    name: "dovecot-probed",
    files: {
      "users": `${user}:{PLAIN}${password}\n`,
      "dovecot.conf": `protocols = imap pop3
base_dir = HOME/run
state_dir = HOME/run
log_path = /dev/stderr
listen = 127.0.0.1
ssl = yes
ssl_cert = <${tlsFile("server.pem")}
ssl_key = <${tlsFile("server.key")}
disable_plaintext_auth = no
auth_failure_delay = 0
mail_location = maildir:HOME/mail
first_valid_uid = 1
passdb {
  driver = passwd-file
  args = HOME/users
}
userdb {
  driver = static
  args = uid=mail gid=mail home=HOME/mail
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
auth_debug = yes
`,
      "mail/.keep": "",
    },
    prepare: [["chmod", "-R", "a+rwX", "HOME"]],
    argv: ["dovecot", "-F", "-c", "HOME/dovecot.conf"],
    ports: ["tcp:143", "tcp:993", "tcp:110", "tcp:995"],
  });
}

const MASTER = `25 inet n - n - - smtpd
465 inet n - n - - smtpd -o smtpd_tls_wrappermode=yes
tlsmgr unix - - n 1000 1 tlsmgr
cleanup unix n - n - 0 cleanup
rewrite unix - - n - - trivial-rewrite
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
qmgr unix n - n 300 1 qmgr
virtual unix - n n - - virtual
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
`;

/** Where mail for anybody at example.org is delivered, a file for each, by {@linkcode startPostfix}. */
export const MAILBOX = "/tmp/postfix-probed/mail/all/new";

const QUEUES = [
  "active",
  "bounce",
  "corrupt",
  "defer",
  "deferred",
  "flush",
  "hold",
  "incoming",
  "private",
  "saved",
  "trace",
]
  .map((name) => `HOME/queue/${name}`);

/** Starts Postfix on ports 25, with STARTTLS, and 465; it delivers to {@linkcode MAILBOX}. */
export function startPostfix(): Promise<BackgroundProcess> {
  const more = ["maildrop", "pid", "public"].map((name) => `HOME/queue/${name}`);
  return startLocalServer({
    name: "postfix-probed",
    files: {
      "etc/master.cf": MASTER,
      "etc/main.cf": `compatibility_level = 3.6
queue_directory = HOME/queue
data_directory = HOME/data
maillog_file = /dev/stdout
maillog_file_prefixes = /dev
myhostname = mail.example
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
smtpd_peername_lookup = no
local_recipient_maps =
alias_maps =
alias_database =
virtual_mailbox_domains = example.org
virtual_mailbox_base = HOME/mail
virtual_mailbox_maps = static:all/
virtual_minimum_uid = 1
virtual_uid_maps = static:8
virtual_gid_maps = static:8
smtpd_tls_received_header = yes
smtpd_tls_security_level = may
smtpd_tls_cert_file = ${tlsFile("server.pem")}
smtpd_tls_key_file = ${tlsFile("server.key")}
`,
    },
    prepare: [
      ["mkdir", "-p", "HOME/data", "HOME/mail", ...QUEUES, ...more],
      ["chown", "mail:mail", "HOME/mail"],
      ["chown", "postfix", "HOME/data", ...QUEUES],
      ["chown", "postfix:postdrop", "HOME/queue/maildrop", "HOME/queue/public"],
      ["chmod", "710", "HOME/queue/public"],
    ],
    argv: ["/usr/lib/postfix/sbin/master", "-c", "HOME/etc", "-s"],
    ports: ["tcp:25", "tcp:465"],
  });
}

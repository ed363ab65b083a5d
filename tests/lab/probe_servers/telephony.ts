/**
 * Servers of RADIUS and SIP: FreeRADIUS, and SIPp with a scenario that answers OPTIONS.
 *
 * @module
 */
import type { BackgroundProcess } from "../background_process.ts";
import { PROBE_LOGIN, startLocalServer } from "./local_server.ts";

/** What FreeRADIUS shares with its clients. */
export const RADIUS_SECRET = "shared";

/** Starts FreeRADIUS on UDP port 1812. */
export function startFreeradius(): Promise<BackgroundProcess> {
  return startLocalServer({
    name: "freeradius",
    files: {
      "users": `${PROBE_LOGIN.user} Cleartext-Password := "${PROBE_LOGIN.password}"\n`,
      "dictionary": "$INCLUDE /usr/share/freeradius/dictionary\n",
      "radiusd.conf": `prefix = /usr
logdir = HOME
libdir = /usr/lib/freeradius
pidfile = HOME/pid
security {
  status_server = yes
}
modules {
  pap {
  }
  files {
    usersfile = HOME/users
  }
}
client lab {
  ipaddr = 127.0.0.1
  secret = ${RADIUS_SECRET}
  require_message_authenticator = yes
}
server default {
  listen {
    type = auth
    ipaddr = 127.0.0.1
    port = 1812
  }
  authorize {
    files
    pap
  }
  authenticate {
    Auth-Type PAP {
      pap
    }
  }
}
`,
    },
    argv: ["freeradius", "-f", "-l", "stdout", "-d", "HOME"],
    ports: ["udp:1812"],
  });
}

const ANSWER_OPTIONS = `<?xml version="1.0" encoding="ISO-8859-1" ?>
<scenario name="answers OPTIONS">
  <recv request="OPTIONS"/>
  <send>
    <![CDATA[

      SIP/2.0 200 OK
      [last_Via:]
      [last_From:]
      [last_To:];tag=[call_number]
      [last_Call-ID:]
      [last_CSeq:]
      Content-Length: 0

    ]]>
  </send>
</scenario>
`;

/** Starts SIPp on port 5060 of UDP or TCP. */
export function startSipp(transport: "udp" | "tcp"): Promise<BackgroundProcess> {
  return startLocalServer({
    name: `sipp-${transport}`,
    files: { "options.xml": ANSWER_OPTIONS },
    argv: [
      "sipp",
      "-sf",
      "HOME/options.xml",
      "-t",
      transport === "udp" ? "u1" : "t1",
      "-i",
      "127.0.0.1",
      "-p",
      "5060",
      "-nostdin",
    ],
    ports: [`${transport}:5060`],
  });
}

/**
 * OpenLDAP's slapd.
 *
 * @module
 */
import { mustRun } from "../namespace.ts";
import { makeHome, type RunningServer, type ServerPlace, untilListening } from "./place.ts";

/** The root of its directory. */
export const LDAP_BASE = "dc=lab";

/** Who can log in. */
export const LDAP_USER = { dn: `cn=visitor,${LDAP_BASE}`, password: "secret" } as const;

/**
 * Starts one on port 389. The entry {@linkcode LDAP_BASE} has its name as description.
 *
 * @param place where
 * @returns the server, once it listens
 */
export async function startSlapd(place: ServerPlace): Promise<RunningServer> {
  const home = await makeHome(`slapd-${place.name}`, [
    { path: "data/.keep", text: "" },
    {
      path: "slapd.conf",
      text: `include /etc/ldap/schema/core.schema
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile /tmp/slapd-${place.name}/slapd.pid
database mdb
directory /tmp/slapd-${place.name}/data
suffix ${LDAP_BASE}
access to attrs=userPassword by anonymous auth
access to * by * read
`,
    },
    {
      path: "entries.ldif",
      text: `dn: ${LDAP_BASE}
objectClass: dcObject
objectClass: organization
dc: lab
o: lab
description: ${place.name}

dn: ${LDAP_USER.dn}
objectClass: person
cn: visitor
sn: visitor
userPassword: ${LDAP_USER.password}
`,
    },
  ]);
  await mustRun(["slapadd", "-f", `${home}/slapd.conf`, "-l", `${home}/entries.ldif`]);
  // With a level of messages, even none, it stays in the foreground.
  const process = place.start(["slapd", "-d", "0", "-f", `${home}/slapd.conf`, "-h", `ldap://${place.address}:389`]);
  await untilListening(process, 389);
  return { process, home };
}

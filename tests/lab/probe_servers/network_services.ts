/**
 * Servers of what networks live by: OpenLDAP, dnsmasq, chrony, vsftpd and nginx.
 *
 * @module
 */
import { tlsFile } from "../../support/tls.ts";
import type { BackgroundProcess } from "../background_process.ts";
import { PROBE_LOGIN, startLocalServer } from "./local_server.ts";

/** The entry of OpenLDAP that can log in. */
export const LDAP_USER = "cn=joe,dc=lab";

/** Starts OpenLDAP's slapd on ports 389, with StartTLS, and 636. */
export function startSlapd(): Promise<BackgroundProcess> {
  return startLocalServer({
    name: "slapd-probed",
    files: {
      "data/.keep": "",
      "slapd.conf": `include /etc/ldap/schema/core.schema
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile HOME/slapd.pid
TLSCertificateFile ${tlsFile("server.pem")}
TLSCertificateKeyFile ${tlsFile("server.key")}
database mdb
directory HOME/data
suffix dc=lab
access to attrs=userPassword by anonymous auth
access to * by * read
`,
      "entries.ldif": `dn: dc=lab
objectClass: dcObject
objectClass: organization
dc: lab
o: lab

dn: ${LDAP_USER}
objectClass: person
cn: joe
sn: joe
userPassword: ${PROBE_LOGIN.password}
`,
    },
    prepare: [["slapadd", "-f", "HOME/slapd.conf", "-l", "HOME/entries.ldif"]],
    // With a level of messages, even none, it stays in the foreground.
    argv: ["slapd", "-d", "0", "-f", "HOME/slapd.conf", "-h", "ldap://127.0.0.1:389 ldaps://127.0.0.1:636"],
    ports: ["tcp:389", "tcp:636"],
  });
}

/** Starts dnsmasq on port 53 with a few records of the domain `lab`. */
export function startDnsmasq(): Promise<BackgroundProcess> {
  return startLocalServer({
    name: "dnsmasq-probed",
    argv: [
      "dnsmasq",
      ...["--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv", "--no-hosts", "--user=root", "--pid-file="],
      ...["--listen-address=127.0.0.1", "--bind-interfaces", "--local=/lab/"],
      ...["--host-record=www.lab,192.0.2.1,2001:db8::1", "--cname=alias.lab,www.lab", "--mx-host=lab,www.lab,10"],
      ...['--txt-record=text.lab,one two,"quoted"', "--srv-host=_sip._udp.lab,www.lab,5060,1,2"],
    ],
    ports: ["udp:53", "tcp:53"],
  });
}

/** Starts chrony's chronyd on port 123, which takes its own clock for a good one. */
export function startChronyd(): Promise<BackgroundProcess> {
  return startLocalServer({
    name: "chronyd-probed",
    files: { "chrony.conf": "local stratum 5\nallow all\ncmdport 0\nbindcmdaddress /\npidfile HOME/pid\nuser root\n" },
    argv: ["chronyd", "-x", "-d", "-f", "HOME/chrony.conf"],
    ports: ["udp:123"],
  });
}

/** Starts vsftpd on port 21 for everybody, with AUTH TLS, and the file `name.txt`. */
export function startVsftpd(): Promise<BackgroundProcess> {
  return startLocalServer({
    name: "vsftpd-probed",
    files: {
      "files/name.txt": "lab\n",
      "empty/.keep": "",
      "vsftpd.conf": `listen=YES
background=NO
listen_address=127.0.0.1
anonymous_enable=YES
no_anon_password=NO
anon_root=HOME/files
secure_chroot_dir=HOME/empty
xferlog_enable=NO
seccomp_sandbox=NO
ssl_enable=YES
allow_anon_ssl=YES
force_local_logins_ssl=NO
rsa_cert_file=${tlsFile("server.pem")}
rsa_private_key_file=${tlsFile("server.key")}
`,
    },
    argv: ["vsftpd", "HOME/vsftpd.conf"],
    ports: ["tcp:21"],
  });
}

/** Starts nginx on ports 80, 443, and 8443, where it asks for a client certificate. */
export function startNginx(): Promise<BackgroundProcess> {
  const certificate = `ssl_certificate ${tlsFile("server.pem")}; ssl_certificate_key ${tlsFile("server.key")};`;
  return startLocalServer({
    name: "nginx-probed",
    files: {
      "html/index.html": "welcome to the lab\n",
      "html/status.json": '{"status":"up","nodes":[{"id":1}]}',
      "users": `${PROBE_LOGIN.user}:{PLAIN}${PROBE_LOGIN.password}\n`,
      "nginx.conf": `daemon off;
user root;
pid HOME/pid;
error_log stderr;
events {}
http {
  access_log off;
  client_body_temp_path HOME/a; proxy_temp_path HOME/b; fastcgi_temp_path HOME/c; uwsgi_temp_path HOME/d; scgi_temp_path HOME/e;
  root HOME/html;
  server {
    listen 127.0.0.1:80;
    listen 127.0.0.1:443 ssl;
    ${certificate}
    location /moved { return 302 /status.json; }
    location /away { return 301 https://elsewhere.example/; }
    location /private { auth_basic lab; auth_basic_user_file HOME/users; try_files /index.html =404; }
    location /gone { return 503; }
    location /echo { return 200 "$request_method $http_x_check $host"; }
  }
  server {
    listen 127.0.0.1:8443 ssl;
    ${certificate}
    ssl_client_certificate ${tlsFile("ca.pem")};
    ssl_verify_client on;
  }
}
`,
    },
    argv: ["nginx", "-c", "HOME/nginx.conf"],
    ports: ["tcp:80", "tcp:443", "tcp:8443"],
  });
}

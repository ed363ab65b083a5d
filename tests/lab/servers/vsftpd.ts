/**
 * vsftpd: FTP for everybody, both ways.
 *
 * @module
 */
import { makeHome, type RunningServer, type ServerPlace, untilListening } from "./place.ts";

/**
 * Starts one on port 21. Its greeting and `name.txt` have its name; `incoming` takes files.
 *
 * @param place where
 * @returns the server, once it listens
 */
export async function startVsftpd(place: ServerPlace): Promise<RunningServer> {
  const home = await makeHome(`vsftpd-${place.name}`, [{ path: "files/name.txt", text: `${place.name}\n` }]);
  await Deno.mkdir(`${home}/empty`);
  await Deno.mkdir(`${home}/files/incoming`);
  // It refuses to serve a root directory that the client could write to.
  await Deno.chmod(`${home}/files/incoming`, 0o777);
  await Deno.writeTextFile(
    `${home}/vsftpd.conf`,
    `listen=YES
background=NO
listen_address=${place.address}
ftpd_banner=${place.name}
anonymous_enable=YES
no_anon_password=YES
anon_root=${home}/files
write_enable=YES
anon_upload_enable=YES
anon_umask=022
secure_chroot_dir=${home}/empty
xferlog_enable=NO
seccomp_sandbox=NO
`,
  );
  const process = place.start(["vsftpd", `${home}/vsftpd.conf`]);
  await untilListening(process, 21);
  return { process, home };
}

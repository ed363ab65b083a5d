/**
 * The maintainer scripts of the package lvsctl, in the way of debhelper's snippets. Each may run again after a failure.
 *
 * No unit is enabled by the installation: an administrator enables the daemon when its file is written.
 *
 * @module
 */

/** The units of the package. */
export const UNITS = [
  "lvsctl.service",
  "lvsctl-restore.service",
  "lvsctl-check.service",
  "lvsctl-check.timer",
] as const;

const ENABLED_BY_HAND = ["lvsctl.service", "lvsctl-restore.service", "lvsctl-check.timer"];

/** A preset of systemd: without it, the first boot of a new image of Debian enables every unit. */
export const PRESET = ENABLED_BY_HAND.map((unit) => `disable ${unit}\n`).join("");

/** Units that run for a long time: an upgrade restarts them if they are active, a removal stops them. */
const LASTING = ["lvsctl.service", "lvsctl-check.timer"];

const CACHE = "/var/cache/lvsctl";

/** The scripts by name. */
export const SCRIPTS: Readonly<Record<string, string>> = {
  postinst: script(`
case "$1" in
configure | abort-upgrade | abort-deconfigure | abort-remove)
  for unit in ${ENABLED_BY_HAND.join(" ")}; do
    if deb-systemd-helper debian-installed "$unit"; then
      deb-systemd-helper unmask "$unit" >/dev/null || true
      if deb-systemd-helper --quiet was-enabled "$unit"; then
        deb-systemd-helper enable "$unit" >/dev/null || true
      fi
    fi
    deb-systemd-helper update-state "$unit" >/dev/null || true
  done
  if [ -d /run/systemd/system ] && [ -z "\${DPKG_ROOT:-}" ]; then
    systemctl --system daemon-reload >/dev/null || true
    # The table, the addresses and the known health of the servers outlive a restart of the daemon. It is short if the
    # program has unpacked itself before.
    if [ -n "$2" ]; then
      if systemctl --quiet is-active lvsctl.service; then
        lvsctl version >/dev/null || true
      fi
      deb-systemd-invoke try-restart ${LASTING.join(" ")} >/dev/null || true
    fi
  fi
  # The process of the virtual routers is replaced some time after the daemon.
  for second in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    running=$(readlink /proc/[0-9]*/exe 2>/dev/null | grep -F "${CACHE}/" | sort -u | wc -l)
    [ "$running" -gt 1 ] || break
    sleep 1
  done
  # Earlier versions that no process runs have no use any more.
  for directory in ${CACHE}/*/; do
    [ -d "$directory" ] || continue
    if ! readlink /proc/[0-9]*/exe 2>/dev/null | grep -qF "$directory"; then
      rm -rf "$directory"
    fi
  done
  ;;
esac
`),
  prerm: script(`
if [ "$1" = remove ] && [ -d /run/systemd/system ] && [ -z "\${DPKG_ROOT:-}" ]; then
  # The daemon leaves the table and the VIPs as they are; its virtual routers hand over to another director.
  deb-systemd-invoke stop ${LASTING.join(" ")} >/dev/null || true
fi
`),
  postrm: script(`
if [ "$1" = remove ] || [ "$1" = purge ]; then
  rm -rf ${CACHE}
  if [ -d /run/systemd/system ] && [ -z "\${DPKG_ROOT:-}" ]; then
    systemctl --system daemon-reload >/dev/null || true
  fi
fi
if [ "$1" = purge ]; then
  if command -v deb-systemd-helper >/dev/null; then
    deb-systemd-helper purge ${ENABLED_BY_HAND.join(" ")} >/dev/null || true
  fi
  rm -rf /var/lib/lvsctl
fi
`),
};

/** The programs of the drop-in: links to lvsctl. */
export const DROP_IN_PROGRAMS = ["ipvsadm", "ipvsadm-save", "ipvsadm-restore"] as const;

/** The scripts of the package lvsctl-ipvsadm by name. */
export const DROP_IN_SCRIPTS: Readonly<Record<string, string>> = {
  postinst: script(`
# dpkg removes ipvsadm after it has unpacked this package. Debian 12's ipvsadm has the files as /sbin/NAME, which is the
# same place where /usr is merged, and so dpkg removes the links too.
for name in ${DROP_IN_PROGRAMS.join(" ")}; do
  if [ ! -e "/usr/sbin/$name" ]; then
    ln -s lvsctl "/usr/sbin/$name"
  fi
done
`),
};

function script(body: string): string {
  return `#!/bin/sh\nset -e\n${body}\nexit 0\n`;
}

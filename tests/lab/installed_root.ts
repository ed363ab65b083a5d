/**
 * A host of the manual's network with a Debian of its own.
 *
 * @module
 */

/**
 * Shell lines that make the Debian in the directory $2 the root of a mount namespace. What the host writes is below $1,
 * and so it outlives a restart. The kernel's modules are the guest's.
 */
export const MOUNT_ROOT = `files=$1
mkdir -p "$files/upper" "$files/work" "$files/root"
mount -t overlay overlay -o "lowerdir=$2,upperdir=$files/upper,workdir=$files/work" "$files/root"
cd "$files/root"
mount -t proc proc proc
mount --rbind /sys sys
mount --rbind /dev dev
mount -t tmpfs -o mode=755 run run
mount -t tmpfs -o mode=1777 tmp tmp
mkdir -p usr/lib/modules
mount --bind /run/guest/lib/modules usr/lib/modules
mkdir -p run/lock run/before
pivot_root . run/before
cd /
umount --lazy /run/before
unset LVSCTL_BIN LVSCTL_CACHE_DIR LVSCTL_STATE_DIR
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
`;

/*
 * The launcher: makes dist/lvsctl one executable if Deno's own `deno compile` is not available.
 *
 * packaging/compile.ts builds this file and appends the program to it:
 *
 *     [this program][runtime: the deno executable][boot.js][NAME.js of each bundle and piece][struct footer]
 *
 * A start finds the footer through /proc/self/exe, checks that a cache directory has the parts (BASE/KEY/lvsctl,
 * BASE/KEY/lvsctl.js and so on; the first start writes them), cleans the environment and execs
 * `BASE/KEY/lvsctl run FLAGS BASE/KEY/lvsctl.js ARGUMENTS`. exec keeps the process: pid, signals, terminal, limits and
 * exit code are those of the program. The program's name or the first argument may choose another bundle than
 * lvsctl.js: packaging/bundles.ts has the table. If Deno has no directory for its caches, boot.js starts the bundle, or
 * the whole program if the bundle has several files.
 *
 * The files in the cache are executed, often by root. They are used only if no user but root and the one who runs this
 * can have written them: the launcher checks every directory of the path, and each file. It verifies their content
 * after each boot and after each change of a file, because a power failure can leave a file full of zeros. If the cache cannot be used
 * (read-only, full, unsafe, mounted noexec, not writable) the program runs from memory, which is slower and otherwise
 * the same. For the default directory this is silent, because an unprivileged user cannot change it; if
 * LVSCTL_CACHE_DIR names the directory, or if the disk is full, one line on stderr gives the reason.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/*
 * LVSCTL_RUNTIME_FLAGS: the arguments before each bundle, as string literals with commas; packaging/runtime_flags.ts
 * has the list. LVSCTL_BUNDLES: initializers of struct bundle; packaging/bundles.ts has the table. LVSCTL_PIECES: the
 * other files of bundles with several, and NULL.
 */
#if !defined(LVSCTL_RUNTIME_FLAGS) || !defined(LVSCTL_BUNDLES) || !defined(LVSCTL_PIECES)
#error "LVSCTL_RUNTIME_FLAGS, LVSCTL_BUNDLES or LVSCTL_PIECES is missing: build with deno task compile"
#endif

#define PROGRAM "lvsctl"
#define DEFAULT_CACHE_BASE "/var/cache/lvsctl"
/* A path that never exists, because no file can be created in /proc. */
#define NOWHERE "/proc/none"
#define MAGIC "LVSCTL05"
#define KEY_LENGTH 16

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U /* Linux 6.3; not yet in every libc's headers */
#endif

#define RUNTIME_NAME PROGRAM /* the file's name is the process's name in ps, top and pgrep */
#define BOOT_NAME "boot.js"
#define CODE_CACHE_NAME "deno"
/* What Deno has added to its compiled code since the last merge: SQLite's write-ahead log. */
#define LOG_NAME CODE_CACHE_NAME "/v8_code_cache_v2-wal"
/* Its time is that of the last attempt to merge the log. */
#define MERGED_NAME CODE_CACHE_NAME "/merged"
/* A file for each bundle, with a byte for each of the starts that the runtime may end by itself to keep their code. */
#define STARTS_SUFFIX ".starts"
#define LOCK_NAME "lock"
#define RECORD_NAME "verified"

/* The path of the bundle, for boot.js. */
#define BUNDLE_VARIABLE "LVSCTL_BUNDLE"
/* The directory of the databases whose logs boot.js merges. */
#define MERGE_VARIABLE "LVSCTL_CODE_CACHE"
/* Tells cli/main.ts that the code cache has the code of the bundle. */
#define KEPT_VARIABLE "LVSCTL_CODE_KEPT"
/* Tells cli/invocation.ts which variables of the C library the launcher set, and not the user. */
#define ALLOCATOR_MARK "LVSCTL_ALLOCATOR"
/* Tells cli/context/io.ts that standard output was closed. */
#define CLOSED_MARK "LVSCTL_OUTPUT_CLOSED"

/* The shell's status for "found, but cannot be executed"; the program itself never uses it. */
#define EXIT_CANNOT_START 126

/* Identifies this boot of the machine. */
#define BOOT_ID "/proc/sys/kernel/random/boot_id"
#define BOOT_ID_LENGTH 36

/* Bytes that are compared at once, and bytes of a sample. */
#define BLOCK (128 * 1024)
#define SAMPLE 4096
/* A part has a sample at its beginning, at its end, and about once in this many bytes. */
#define SAMPLE_DISTANCE (16 * 1024 * 1024)

#define OTHERS_MAY_WRITE (S_IWGRP | S_IWOTH)

#define LOCK_WAIT_MS 10000
#define LOCK_POLL_MS 10
#define MERGE_SECONDS 10
/* One keeps the code; others, because a start may be killed. */
#define KEEPING_STARTS 3
#define UNUSED_SECONDS (7 * 24 * 3600)
#define TOUCH_SECONDS (24 * 3600)

extern char **environ;

/* A bundle with all or some commands: a row of packaging/bundles.ts. Each list ends with NULL. */
struct bundle {
  const char *file;
  const char *const *program_names;   /* names that choose it */
  const char *const *first_arguments; /* arguments that choose it under other names */
  const char *const *only_arguments;  /* arguments that choose it alone on the command line */
  const char *const *flags;           /* of the runtime, if the cache has a code cache */
  const char *engine;                 /* V8's settings: an argument of the runtime */
  bool keeps_code;
  bool ends_at_once;                  /* whether it may end without keeping its code once more */
  const char *const *allocator;       /* variables of the C library, as NAME=VALUE */
  bool in_pieces;                     /* whether it imports other files of the cache */
};

#define WORDS(...) (const char *const[]){__VA_ARGS__}

/* The first is the whole program, for every command line that chooses no other bundle. */
static const struct bundle bundles[] = {LVSCTL_BUNDLES};

static const char *const pieces[] = {LVSCTL_PIECES};

enum {
  RUNTIME,
  BOOT,
  FIRST_BUNDLE,
  FIRST_PIECE = FIRST_BUNDLE + sizeof bundles / sizeof *bundles,
  PARTS = FIRST_PIECE + sizeof pieces / sizeof *pieces - 1,
};

/*
 * The last bytes of the file, written by packaging/payload.ts. Sizes are little-endian, like all machines that
 * Deno supports.
 */
struct footer {
  uint64_t launcher_size;
  uint64_t sizes[PARTS];
  char key[KEY_LENGTH]; /* names the cache directory: from the SHA-256 of the parts, in hexadecimal */
  char magic[8];
};

_Static_assert(sizeof(struct footer) == 8 * (1 + PARTS) + KEY_LENGTH + 8, "packaging/payload.ts writes no padding");

/* A file inside this executable, and its name and mode in the cache. */
struct part {
  const char *name;
  off_t offset;
  off_t size;
  mode_t mode;
};

struct payload {
  int fd;
  char key[KEY_LENGTH + 1];
  struct part parts[PARTS];
};

/* The cache directory of this payload: BASE/KEY, by its canonical path. */
struct cache {
  char base[PATH_MAX];
  char directory[PATH_MAX + KEY_LENGTH + 1];
  int fd;
  bool ours;  /* owned by the user who runs this, so it may be repaired */
  bool named; /* LVSCTL_CACHE_DIR names it: report if it cannot be used */
};

static void report(const char *format, ...) __attribute__((format(printf, 1, 2)));
static _Noreturn void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void print_line(const char *format, va_list arguments) {
  char line[2 * PATH_MAX];
  vsnprintf(line, sizeof line, format, arguments);
  /* One call, so that lines of several processes do not mix. */
  dprintf(STDERR_FILENO, PROGRAM ": %s\n", line);
}

static void report(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  print_line(format, arguments);
  va_end(arguments);
}

static _Noreturn void fail(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  print_line(format, arguments);
  va_end(arguments);
  exit(EXIT_CANNOT_START);
}

/* ---- this process ---------------------------------------------------------------------------------------------- */

/* Opens the lowest free descriptor, `fd`, as a pipe without another end: the runtime aborts if it is closed. */
static void open_pipe_without_end(int fd) {
  int ends[2];
  if (pipe(ends)) return;
  if (fd == STDIN_FILENO) {
    close(ends[1]);
    return;
  }
  close(ends[0]);
  dup2(ends[1], fd);
  if (ends[1] != fd) close(ends[1]);
}

/* Whether standard output was closed. */
static bool output_is_closed;

/*
 * If 0, 1 or 2 are closed, the files opened below would become the program's input or output. Closed standard output
 * stays one that cannot be written, so that the program does not report a lost output as success. The runtime ignores
 * the error of a closed descriptor (EBADF), so it needs another one.
 */
static void open_standard_streams(void) {
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
    if (fcntl(fd, F_GETFD) >= 0) continue;
    output_is_closed = output_is_closed || fd == STDOUT_FILENO;
    /* A chroot may have no /dev. */
    if (open(fd == STDOUT_FILENO ? "/dev/full" : "/dev/null", O_RDWR) < 0) open_pipe_without_end(fd);
  }
}

/* A limit of the process, and the value below which the runtime ends with a panic. */
struct needed_limit {
  int resource;
  const char *what;
  const char *option; /* of the shell's ulimit */
  rlim_t least;
  rlim_t unit; /* of ulimit */
  bool may_raise; /* whether to raise the soft limit silently, as the runtime does for its descriptors */
};

static const struct needed_limit needed_limits[] = {
    {RLIMIT_NOFILE, "the number of open files", "-n", 64, 1, true},
    {RLIMIT_STACK, "the stack", "-s", 1024 * 1024, 1024, true},
    /* V8 reserves 32 GiB of addresses, twice if they are not aligned, without using that memory. */
    {RLIMIT_AS, "the address space", "-v", 72ULL * 1024 * 1024 * 1024, 1024, false},
    {RLIMIT_DATA, "the data segment", "-d", 640ULL * 1024 * 1024, 1024, false},
};

/* Ends with one line if a limit is too low for the runtime, whose own end would be a panic and a core dump. */
static void check_limits(void) {
  for (size_t i = 0; i < sizeof needed_limits / sizeof *needed_limits; i++) {
    const struct needed_limit *needed = &needed_limits[i];
    struct rlimit limit;
    if (getrlimit(needed->resource, &limit) || limit.rlim_cur >= needed->least) continue;
    struct rlimit raised = {needed->least, limit.rlim_max};
    bool is_raised = needed->may_raise && limit.rlim_max >= needed->least && !setrlimit(needed->resource, &raised);
    if (is_raised) continue;
    fail("cannot start: the limit of %s is %llu, and the program needs %llu: raise it with ulimit %s", needed->what,
         (unsigned long long)(limit.rlim_cur / needed->unit), (unsigned long long)(needed->least / needed->unit),
         needed->option);
  }
}

/* A limit of the user's processes below which the launcher tries whether the runtime can have threads. */
#define FEW_PROCESSES 1024

/* Ends with one line if the runtime can have no thread; it needs one at least. Root has no limit. */
static void check_processes(void) {
  struct rlimit limit;
  if (!geteuid() || getrlimit(RLIMIT_NPROC, &limit) || limit.rlim_cur > FEW_PROCESSES) return;
  pid_t child = fork();
  if (child == 0) _exit(0);
  if (child > 0) {
    while (waitpid(child, NULL, 0) < 0 && errno == EINTR) continue;
  } else if (errno == EAGAIN) {
    fail("cannot start: the limit of this user's processes is %llu, and all are in use: raise it with ulimit -u",
         (unsigned long long)limit.rlim_cur);
  }
}

/*
 * Lifts the limit of the size of files as far as this user may, for the files of the cache and of memory; returns the
 * limit that the program gets.
 */
static struct rlimit lift_file_limit(void) {
  struct rlimit given = {RLIM_INFINITY, RLIM_INFINITY};
  if (getrlimit(RLIMIT_FSIZE, &given) || given.rlim_cur == RLIM_INFINITY) return given;
  struct rlimit lifted = {RLIM_INFINITY, RLIM_INFINITY};
  if (!setrlimit(RLIMIT_FSIZE, &lifted)) return given;
  lifted.rlim_cur = lifted.rlim_max = given.rlim_max;
  setrlimit(RLIMIT_FSIZE, &lifted);
  return given;
}

static void restore_file_limit(struct rlimit given) {
  if (given.rlim_cur != RLIM_INFINITY) setrlimit(RLIMIT_FSIZE, &given);
}

/* Deno does not start in a removed directory. /proc replaces it, because no file can be created there. */
static void leave_removed_directory(void) {
  char directory[PATH_MAX];
  if (!getcwd(directory, sizeof directory) && errno == ENOENT && chdir("/proc")) fail("cannot use /proc: %m: mount it");
}

/* A JavaScript runtime is not safe against its caller, so it must not have more rights than the caller. */
static void refuse_set_id(void) {
  if (getuid() != geteuid() || getgid() != getegid()) {
    fail("cannot run set-user-ID or set-group-ID: remove that mode (chmod ug-s) and start it with sudo");
  }
}

/* ---- the payload ----------------------------------------------------------------------------------------------- */

/* Subtracts a part from the rest of the file; false if the part is empty or larger than the rest. */
static bool take(uint64_t *left, uint64_t size) {
  if (size == 0 || size > *left) return false;
  *left -= size;
  return true;
}

static struct payload open_payload(void) {
  struct payload payload = {.fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC)};
  if (payload.fd < 0) fail("cannot read /proc/self/exe: %m: mount /proc, and make the executable readable");

  struct stat self;
  if (fstat(payload.fd, &self)) fail("cannot read /proc/self/exe: %m");

  struct footer footer;
  bool complete = self.st_size > (off_t)sizeof footer &&
                  pread(payload.fd, &footer, sizeof footer, self.st_size - (off_t)sizeof footer) == sizeof footer &&
                  memcmp(footer.magic, MAGIC, sizeof footer.magic) == 0;
  if (complete) {
    /* Each size is compared with the rest, so that no sum can overflow. */
    uint64_t left = (uint64_t)self.st_size - sizeof footer;
    complete = take(&left, footer.launcher_size);
    for (size_t i = 0; i < PARTS && complete; i++) complete = take(&left, footer.sizes[i]);
    /* The key becomes a directory name. It has no terminator, but the magic after it is not hexadecimal. */
    complete = complete && left == 0 && strspn(footer.key, "0123456789abcdef") >= KEY_LENGTH;
  }
  if (!complete) {
    fail("this executable is incomplete: install it again (strip, or an interrupted copy, cuts off its payload)");
  }

  memcpy(payload.key, footer.key, KEY_LENGTH);
  off_t offset = (off_t)footer.launcher_size;
  for (size_t i = 0; i < PARTS; i++) {
    const char *name = i == RUNTIME       ? RUNTIME_NAME
                       : i == BOOT        ? BOOT_NAME
                       : i >= FIRST_PIECE ? pieces[i - FIRST_PIECE]
                                          : bundles[i - FIRST_BUNDLE].file;
    payload.parts[i] = (struct part){name, offset, (off_t)footer.sizes[i], i == RUNTIME ? 0755 : 0644};
    offset += payload.parts[i].size;
  }
  return payload;
}

/* Copies a part to the open file `to`; false with errno. */
static bool copy_part(const struct payload *payload, const struct part *part, int to) {
  off_t offset = part->offset;
  off_t end = part->offset + part->size;
  while (offset < end) {
    ssize_t copied = sendfile(to, payload->fd, &offset, (size_t)(end - offset));
    if (copied < 0 && errno == EINTR) continue;
    if (copied < 0) return false;
    if (copied == 0) { /* the executable was truncated while running */
      errno = EIO;
      return false;
    }
  }
  return true;
}

/* ---- trusted files and directories ------------- ---------------------------------------------------------------- */

static bool owner_is_trusted(const struct stat *entry) {
  return entry->st_uid == 0 || entry->st_uid == geteuid();
}

/* Whether no other user can replace an entry of the directory. */
static bool directory_is_trusted(const struct stat *entry, bool sticky_suffices) {
  bool closed = !(entry->st_mode & OTHERS_MAY_WRITE) || (sticky_suffices && (entry->st_mode & S_ISVTX));
  return S_ISDIR(entry->st_mode) && owner_is_trusted(entry) && closed;
}

/*
 * Checks "/", "/a", "/a/b" and so on of an absolute path. In a sticky directory (/tmp) other users can add
 * entries, but not replace ours. A symbolic link has no mode: this checks its owner, and a second call for the real
 * path checks its target.
 */
static bool path_is_trusted(const char *path) {
  char prefix[PATH_MAX];
  size_t length = strlen(path);
  if (length >= sizeof prefix) return false;
  for (size_t i = 0; i <= length; i++) {
    if (i > 0 && i < length && path[i] != '/') continue;
    size_t cut = i == 0 ? 1 : i;
    memcpy(prefix, path, cut);
    prefix[cut] = '\0';
    struct stat entry;
    if (lstat(prefix, &entry)) return false;
    if (S_ISLNK(entry.st_mode) ? !owner_is_trusted(&entry) : !directory_is_trusted(&entry, true)) return false;
  }
  return true;
}

static bool part_is_cached(const struct cache *cache, const struct part *part, struct stat *entry) {
  return fstatat(cache->fd, part->name, entry, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(entry->st_mode) &&
         owner_is_trusted(entry) && (entry->st_mode & 07777) == part->mode && entry->st_size == part->size;
}

/* ---- the content of the cached parts --------------------------------------------------------------------------- */

static bool read_exactly(int fd, char *buffer, size_t size, off_t offset) {
  while (size > 0) {
    ssize_t count = pread(fd, buffer, size, offset);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    buffer += count;
    size -= (size_t)count;
    offset += count;
  }
  return true;
}

/* Whether `size` bytes of the cached file at `offset` are those of the executable. */
static bool same_bytes(const struct payload *payload, const struct part *part, int cached, off_t offset, size_t size) {
  static char original[BLOCK];
  static char copy[BLOCK];
  return read_exactly(payload->fd, original, size, part->offset + offset) &&
         read_exactly(cached, copy, size, offset) && memcmp(original, copy, size) == 0;
}

static size_t at_most(off_t size, off_t limit) {
  return (size_t)(size < limit ? size : limit);
}

/* Whether a cached part is the executable's: all of it, or samples of it, which cost next to nothing. */
static bool part_is_intact(const struct cache *cache, const struct payload *payload, const struct part *part,
                           bool samples_suffice) {
  struct stat entry;
  if (!part_is_cached(cache, part, &entry)) return false;
  int fd = openat(cache->fd, part->name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) return false;
  bool intact = true;
  if (samples_suffice) {
    off_t steps = part->size / SAMPLE_DISTANCE + 1;
    size_t size = at_most(part->size, SAMPLE);
    for (off_t i = 0; intact && i <= steps; i++) {
      intact = same_bytes(payload, part, fd, (part->size - (off_t)size) / steps * i, size);
    }
  } else {
    for (off_t offset = 0; intact && offset < part->size; offset += BLOCK) {
      intact = same_bytes(payload, part, fd, offset, at_most(part->size - offset, BLOCK));
    }
  }
  close(fd);
  return intact;
}

static bool samples_are_intact(const struct cache *cache, const struct payload *payload) {
  for (size_t i = 0; i < PARTS; i++) {
    if (!part_is_intact(cache, payload, &payload->parts[i], true)) return false;
  }
  return true;
}

/* A part in the cache: its state, which each change of its content or mode changes, and the digest of its content. */
struct cached_part {
  uint64_t digest;
  int64_t size;
  int64_t modified[2]; /* seconds, nanoseconds */
  int64_t changed[2];
};

/* What was verified, and when: it holds until the next boot or change of a file. */
struct record {
  char boot_id[BOOT_ID_LENGTH + 4];
  struct cached_part parts[PARTS];
};

/*
 * A number that differs for any damage of a file; 0 if it cannot be read. It protects from accidents: who may write the
 * file is checked before.
 */
static uint64_t digest_of(const struct cache *cache, const struct part *part) {
  static uint64_t words[BLOCK / sizeof(uint64_t)];
  int fd = openat(cache->fd, part->name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) return 0;
  uint64_t digest = (uint64_t)part->size;
  bool complete = true;
  for (off_t offset = 0; complete && offset < part->size; offset += BLOCK) {
    size_t size = at_most(part->size - offset, BLOCK);
    size_t count = (size + sizeof *words - 1) / sizeof *words;
    words[count - 1] = 0;
    complete = read_exactly(fd, (char *)words, size, offset);
    /* Odd factors and rotations: no word is lost, wherever it stands. */
    for (size_t i = 0; i < count; i++) {
      digest = (digest ^ words[i]) * 0x9e3779b97f4a7c15ULL;
      digest = digest << 29 | digest >> 35;
    }
  }
  close(fd);
  return complete ? digest | 1 : 0;
}

/* The record of the parts as they are; false if one is missing or cannot be this version's. */
static bool present_record(const struct cache *cache, const struct payload *payload, struct record *record) {
  memset(record, 0, sizeof *record);
  for (size_t i = 0; i < PARTS; i++) {
    struct stat entry;
    if (!part_is_cached(cache, &payload->parts[i], &entry)) return false;
    record->parts[i] = (struct cached_part){
        0,
        entry.st_size,
        {entry.st_mtim.tv_sec, entry.st_mtim.tv_nsec},
        {entry.st_ctim.tv_sec, entry.st_ctim.tv_nsec},
    };
  }
  int fd = open(BOOT_ID, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  bool known = read(fd, record->boot_id, BOOT_ID_LENGTH) == BOOT_ID_LENGTH;
  close(fd);
  return known;
}

/* Reads the record; false, with zeros, if there is none or others may have written it. */
static bool read_record(const struct cache *cache, struct record *record) {
  memset(record, 0, sizeof *record);
  int fd = openat(cache->fd, RECORD_NAME, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return false;
  struct stat entry;
  bool trusted = fstat(fd, &entry) == 0 && S_ISREG(entry.st_mode) && owner_is_trusted(&entry) &&
                 !(entry.st_mode & OTHERS_MAY_WRITE) && entry.st_size == sizeof *record;
  bool complete = trusted && pread(fd, record, sizeof *record, 0) == sizeof *record;
  if (!complete) memset(record, 0, sizeof *record);
  close(fd);
  return complete;
}

/* Whether the cached parts are as they were when their content was verified, in this boot. */
static bool payload_is_verified(const struct cache *cache, const struct payload *payload) {
  struct record present;
  struct record stored;
  if (!read_record(cache, &stored) || !present_record(cache, payload, &present)) return false;
  for (size_t i = 0; i < PARTS; i++) present.parts[i].digest = stored.parts[i].digest;
  return memcmp(&present, &stored, sizeof stored) == 0;
}

/*
 * Verifies a cached part: by the digest that was stored when it was last compared, which reads only the file, or else by
 * its bytes. Stores its digest.
 */
static bool verify_part(const struct cache *cache, const struct payload *payload, size_t i, uint64_t *digest) {
  const struct part *part = &payload->parts[i];
  struct stat entry;
  if (!part_is_cached(cache, part, &entry)) return false;
  uint64_t present = digest_of(cache, part);
  bool intact = present != 0 && (present == *digest || part_is_intact(cache, payload, part, false));
  *digest = present;
  return intact;
}

/* Records that all parts were verified; without a record the next start does it again. Call it with the lock held. */
static void write_record(const struct cache *cache, const struct payload *payload, const struct record *verified) {
  static const char temporary[] = RECORD_NAME ".new";
  struct record record;
  if (!present_record(cache, payload, &record)) return;
  for (size_t i = 0; i < PARTS; i++) record.parts[i].digest = verified->parts[i].digest;
  unlinkat(cache->fd, temporary, 0);
  int fd = openat(cache->fd, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
  if (fd < 0) return;
  bool written = write(fd, &record, sizeof record) == sizeof record;
  if (close(fd)) written = false;
  if (!written || renameat(cache->fd, temporary, cache->fd, RECORD_NAME)) unlinkat(cache->fd, temporary, 0);
}

/* ---- the cache directory --------------------------------------------------------------------------------------- */

static void report_why(const struct cache *cache, const char *path, const char *why) {
  if (cache->named) report("cannot use the cache directory %s: %s; running from memory", path, why);
}

/* Opens a directory that only this user and root can change, and creates it if missing; -1 after a report. */
static int open_directory(struct cache *cache, const char *path) {
  const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  int fd = open(path, flags);
  if (fd < 0 && errno == ENOENT) {
    /* EEXIST: another start created it first. */
    if (mkdir(path, 0755) && errno != EEXIST) {
      report_why(cache, path, strerror(errno));
      return -1;
    }
    fd = open(path, flags);
  }
  struct stat entry;
  if (fd < 0 || fstat(fd, &entry)) {
    bool is_link = errno == ELOOP || errno == ENOTDIR;
    report_why(cache, path, is_link ? "it must be a directory, not a link" : strerror(errno));
  } else if (!directory_is_trusted(&entry, false)) {
    report_why(cache, path, "it must belong to you or to root, and only its owner may write in it (chmod go-w)");
  } else {
    cache->ours = entry.st_uid == geteuid();
    return fd;
  }
  if (fd >= 0) close(fd);
  return -1;
}

/* Finds BASE and its canonical path; false after a report. */
static bool find_base(struct cache *cache) {
  const char *place = secure_getenv("LVSCTL_CACHE_DIR");
  cache->named = place && *place;
  if (!cache->named) place = DEFAULT_CACHE_BASE;

  char way[PATH_MAX];
  size_t length = strlen(place);
  while (length > 1 && place[length - 1] == '/') length--;
  if (place[0] != '/' || length >= sizeof way) {
    report_why(cache, place, place[0] == '/' ? strerror(ENAMETOOLONG) : "LVSCTL_CACHE_DIR must be an absolute path");
    return false;
  }
  memcpy(way, place, length);
  way[length] = '\0';

  char *name = strrchr(way, '/') + 1;
  char last[NAME_MAX + 1];
  bool is_name = *name && strcmp(name, ".") && strcmp(name, "..");
  if (!is_name || snprintf(last, sizeof last, "%s", name) >= (int)sizeof last) {
    report_why(cache, place, "LVSCTL_CACHE_DIR must end in the name of a directory");
    return false;
  }
  if (name - way > 1) name--; /* keeps the slash of "/name" */
  *name = '\0';

  char parent[PATH_MAX];
  if (!realpath(way, parent)) {
    report_why(cache, way, strerror(errno));
    return false;
  }
  if (!path_is_trusted(way) || !path_is_trusted(parent)) {
    report_why(cache, place, "each directory above it must belong to you or to root, and others may not write in it");
    return false;
  }
  const char *slash = strcmp(parent, "/") ? "/" : "";
  if (snprintf(cache->base, sizeof cache->base, "%s%s%s", parent, slash, last) >= (int)sizeof cache->base) {
    report_why(cache, place, strerror(ENAMETOOLONG));
    return false;
  }
  return true;
}

/* Opens BASE/KEY, creating both if missing; false after a report. */
static bool open_cache(struct cache *cache, const struct payload *payload) {
  if (!find_base(cache)) return false;

  snprintf(cache->directory, sizeof cache->directory, "%s/%s", cache->base, payload->key);
  int base = open_directory(cache, cache->base);
  if (base < 0) return false;
  close(base);

  cache->fd = open_directory(cache, cache->directory);
  if (cache->fd < 0) return false;

  struct statvfs system;
  if (fstatvfs(cache->fd, &system) == 0 && (system.f_flag & ST_NOEXEC)) {
    report_why(cache, cache->directory, "its file system is mounted noexec");
    return false;
  }
  return true;
}

/*
 * Waits until no other start writes the cache; returns a file to close afterwards, or -1 with errno. The wait is
 * limited, because a stopped writer must not block the others. The kernel releases the lock when its holder ends. It
 * locks a file and not the directory, because other users can open, and so lock, the directory.
 */
static int lock_cache(const struct cache *cache) {
  int fd = openat(cache->fd, LOCK_NAME, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0) return -1;
  const struct timespec pause = {.tv_nsec = LOCK_POLL_MS * 1000000L};
  for (int waited = 0; waited < LOCK_WAIT_MS; waited += LOCK_POLL_MS) {
    if (flock(fd, LOCK_EX | LOCK_NB) == 0) return fd;
    if (errno != EWOULDBLOCK && errno != EINTR) break;
    nanosleep(&pause, NULL);
  }
  int reason = errno;
  close(fd);
  errno = reason;
  return -1;
}

/*
 * Writes one part under a temporary name, and renames it when it is complete and on the disk, so that an interrupted
 * start or a power failure leaves no incomplete file under its final name. Call it with the lock held: an existing
 * file with the temporary name is then a remainder of an interrupted start.
 */
static bool write_part(const struct cache *cache, const struct payload *payload, const struct part *part) {
  char temporary[NAME_MAX + 1];
  snprintf(temporary, sizeof temporary, "%s.new", part->name);
  if (unlinkat(cache->fd, temporary, 0) && errno != ENOENT) return false;

  int fd = openat(cache->fd, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, part->mode);
  if (fd < 0) return false;
  bool written = copy_part(payload, part, fd) && fdatasync(fd) == 0;
  int reason = errno;
  if (close(fd) && written) {
    written = false;
    reason = errno;
  }
  if (written && renameat(cache->fd, temporary, cache->fd, part->name) == 0) return true;
  if (written) reason = errno;
  unlinkat(cache->fd, temporary, 0);
  errno = reason;
  return false;
}

/* Removes a directory tree of this user; entries that cannot be removed stay. */
static void remove_tree(int parent, const char *name) {
  int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  DIR *directory = fd < 0 ? NULL : fdopendir(fd);
  if (!directory) {
    if (fd >= 0) close(fd);
    return;
  }
  for (struct dirent *entry; (entry = readdir(directory));) {
    if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
    if (unlinkat(fd, entry->d_name, 0) && errno == EISDIR) remove_tree(fd, entry->d_name);
  }
  closedir(directory);
  unlinkat(parent, name, AT_REMOVEDIR);
}

/* Removes the caches of other versions that were unused for a week: each has about 100 MB. */
static void remove_unused(const struct cache *cache, const struct payload *payload) {
  DIR *base = opendir(cache->base);
  if (!base) return;
  for (struct dirent *entry; (entry = readdir(base));) {
    const char *name = entry->d_name;
    struct stat status;
    bool is_key = strlen(name) == KEY_LENGTH && strspn(name, "0123456789abcdef") == KEY_LENGTH;
    if (is_key && strcmp(name, payload->key) && fstatat(dirfd(base), name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
        S_ISDIR(status.st_mode) && status.st_uid == geteuid() && time(NULL) - status.st_mtime > UNUSED_SECONDS) {
      remove_tree(dirfd(base), name);
    }
  }
  closedir(base);
}

/* Marks the cache as in use, once a day, for remove_unused() of other versions. */
static void mark_used(const struct cache *cache) {
  struct stat entry;
  if (cache->ours && fstat(cache->fd, &entry) == 0 && time(NULL) - entry.st_mtime > TOUCH_SECONDS) {
    futimens(cache->fd, NULL); /* fails on a read-only file system, which is no problem */
  }
}

/* Verifies the content of all parts, and writes missing and invalid ones; false after a report. */
static bool fill_cache(struct cache *cache, const struct payload *payload) {
  if (!cache->ours) {
    if (samples_are_intact(cache, payload)) return true;
    report_why(cache, cache->directory, "it has no valid copy of this version, and belongs to root");
    return false;
  }
  int lock = lock_cache(cache);
  bool filled = lock >= 0;
  int reason = errno;
  if (filled) {
    struct rlimit limit = lift_file_limit();
    /* The previous holder of the lock may have written the parts, and the record. */
    bool verified = payload_is_verified(cache, payload);
    struct record record;
    read_record(cache, &record);
    for (size_t i = 0; filled && !verified && i < PARTS; i++) {
      uint64_t *digest = &record.parts[i].digest;
      if (verify_part(cache, payload, i, digest)) continue;
      filled = write_part(cache, payload, &payload->parts[i]);
      reason = errno;
      *digest = digest_of(cache, &payload->parts[i]);
    }
    if (filled && !verified) write_record(cache, payload, &record);
    if (filled) remove_unused(cache, payload);
    restore_file_limit(limit);
    close(lock);
  } else if (samples_are_intact(cache, payload)) {
    /* On a read-only file system no start can record anything. */
    return true;
  }
  if (filled) return true;
  /* The program cannot run from memory either, which is reported there. */
  if (reason == EFBIG) return false;

  if (reason == ENOSPC || reason == EDQUOT) {
    /* Always reported, because every start is slow until the disk has space. */
    cache->named = true;
  }
  if (reason == EWOULDBLOCK) report_why(cache, cache->directory, "another start is writing it and does not end");
  else report_why(cache, cache->directory, strerror(reason));
  return false;
}

/*
 * The directory for Deno's compiled code (V8's code cache, which is executed without a check), or NULL. It must belong
 * to the user who runs this, and no other user may even read it.
 */
static const char *code_cache(const struct cache *cache) {
  static char path[sizeof cache->directory + sizeof CODE_CACHE_NAME];
  if (!cache->ours) return NULL;
  snprintf(path, sizeof path, "%s/" CODE_CACHE_NAME, cache->directory);
  struct stat entry;
  if (mkdirat(cache->fd, CODE_CACHE_NAME, 0700) && errno != EEXIST) return NULL;
  if (fstatat(cache->fd, CODE_CACHE_NAME, &entry, AT_SYMLINK_NOFOLLOW)) return NULL;
  bool private = S_ISDIR(entry.st_mode) && entry.st_uid == geteuid() && !(entry.st_mode & (S_IRWXG | S_IRWXO));
  /* W_OK: SQLite prints a warning on a read-only file system. */
  return private && faccessat(cache->fd, CODE_CACHE_NAME, W_OK, AT_EACCESS) == 0 ? path : NULL;
}

/* ---- the program's environment and arguments ------------------------------------------------------------------- */

/*
 * The runtime reads these variables before the program starts: they could change its flags, make it load or write
 * files, send telemetry, print Deno's own completions, or abort it. They are meant for Deno, not for lvsctl, so all of
 * them are removed. NO_COLOR, proxies, TZ, LANG and LD_* belong to the user and stay.
 */
static bool is_for_the_runtime(const char *variable) {
  static const char *const prefixes[] = {"DENO_",         "NODE_",   "OTEL_", "RUST_", "TOKIO_", "NPM_CONFIG_",
                                         "npm_config_", "COMPLETE=", "SSLKEYLOGFILE="};
  for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
    if (strncmp(variable, prefixes[i], strlen(prefixes[i])) == 0) return true;
  }
  return false;
}

/*
 * Whether the runtime survives a locale: its ICU library ends the process at a language of twelve characters or more.
 * Languages have at most eight. ssh takes these variables from the client.
 */
static bool is_locale(const char *value) {
  return strcspn(value, "_.@-") <= 8 && strlen(value) < 64;
}

static void remove_invalid_locales(void) {
  static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    const char *value = getenv(names[i]);
    if (value && !is_locale(value)) unsetenv(names[i]);
  }
}

static void set_variable(const char *name, const char *value) {
  if (setenv(name, value, 1)) fail("cannot start: %m");
}

static void clean_environment(const char *started_as) {
  char **end = environ;
  for (char **variable = environ; *variable; variable++) {
    if (!is_for_the_runtime(*variable)) *end++ = *variable;
  }
  *end = NULL;
  remove_invalid_locales();

  set_variable("DENO_DIR", NOWHERE);
  set_variable("DENO_NO_UPDATE_CHECK", "1");
  set_variable("DENO_NO_PACKAGE_JSON", "1");
  set_variable("DENO_DISABLE_NODE_SHIM", "1");
  /* On a terminal, Deno would report each start that it has no directory for its caches. */
  set_variable("DENO_LOG", "error,deno::cache=off");
  unsetenv(BUNDLE_VARIABLE);
  unsetenv(MERGE_VARIABLE);
  unsetenv(ALLOCATOR_MARK);
  unsetenv(KEPT_VARIABLE);
  if (output_is_closed) set_variable(CLOSED_MARK, "1");
  else unsetenv(CLOSED_MARK);

  /* For cli/invocation.ts: links named ipvsadm, ipvsadm-save and ipvsadm-restore are separate commands. */
  set_variable("LVSCTL_ARGV0", started_as);
  /* Deno reads ~/.npmrc, even with --no-npm, and stops at an invalid one, so only the program gets the home. */
  const char *home = getenv("HOME");
  if (home) set_variable("LVSCTL_HOME", home);
  else unsetenv("LVSCTL_HOME");
  set_variable("HOME", NOWHERE);
}

static size_t count_words(const char *const *words) {
  size_t count = 0;
  while (words[count]) count++;
  return count;
}

static bool is_one_of(const char *word, const char *const *words) {
  for (; *words; words++) {
    if (!strcmp(word, *words)) return true;
  }
  return false;
}

/*
 * The new argv; more_flags ends with NULL. Its first entry is fixed, because under the name "dx" Deno installs and runs
 * a package.
 */
static char **runtime_arguments(int argc, char **argv, const char *module, const struct bundle *bundle,
                                const char *const *more_flags) {
  static const char *const flags[] = {LVSCTL_RUNTIME_FLAGS, NULL};
  const size_t count = count_words(flags) + count_words(more_flags);
  char **arguments = calloc(count + (size_t)argc + 4, sizeof *arguments);
  if (!arguments) fail("cannot start: %m");
  char **next = arguments;
  *next++ = (char *)PROGRAM;
  for (const char *const *flag = flags; *flag; flag++) *next++ = (char *)*flag;
  *next++ = (char *)bundle->engine;
  for (const char *const *flag = more_flags; *flag; flag++) *next++ = (char *)*flag;
  *next++ = (char *)module;
  for (int i = 1; i < argc; i++) *next++ = argv[i];
  return arguments;
}

/*
 * The bundle for the command line: like cli/dispatch.ts and cli/program.ts, it depends on the program's name, the
 * first argument, and whether that is the only one.
 */
static const struct bundle *chosen_bundle(int argc, char **argv) {
  const char *started_as = argc > 0 ? argv[0] : PROGRAM;
  const char *slash = strrchr(started_as, '/');
  const char *name = slash ? slash + 1 : started_as;
  const struct bundle *end = bundles + sizeof bundles / sizeof *bundles;
  for (const struct bundle *bundle = bundles; bundle < end; bundle++) {
    if (is_one_of(name, bundle->program_names)) return bundle;
  }
  if (argc < 2) return bundles;
  if (argc == 2) {
    for (const struct bundle *bundle = bundles; bundle < end; bundle++) {
      if (is_one_of(argv[1], bundle->only_arguments)) return bundle;
    }
  }
  for (const struct bundle *bundle = bundles; bundle < end; bundle++) {
    if (is_one_of(argv[1], bundle->first_arguments)) return bundle;
  }
  return bundles;
}

/* The bundle for boot.js, which has one text: the whole program in place of a bundle in pieces. */
static const struct bundle *in_one_text(const struct bundle *bundle) {
  return bundle->in_pieces ? bundles : bundle;
}

/* Sets the C library's allocator, except what the user has set. */
static void set_allocator(const struct bundle *bundle) {
  char set[256] = "";
  for (const char *const *setting = bundle->allocator; *setting; setting++) {
    char name[64];
    const char *value = strchr(*setting, '=') + 1;
    snprintf(name, sizeof name, "%.*s", (int)(value - *setting - 1), *setting);
    if (getenv(name)) continue;
    set_variable(name, value);
    size_t used = strlen(set);
    snprintf(set + used, sizeof set - used, "%s%s", used ? " " : "", name);
  }
  if (*set) set_variable(ALLOCATOR_MARK, set);
}

/* ---- starting -------------------------------------------------------------------------------------------------- */

static int memory_file(const struct payload *payload, const struct part *part, unsigned int flags) {
  /* Newer kernels require MFD_EXEC; older ones refuse it. */
  int fd = memfd_create(part->name, flags | MFD_EXEC);
  if (fd < 0 && errno == EINVAL) fd = memfd_create(part->name, flags);
  if (fd < 0 || !copy_part(payload, part, fd)) {
    if (errno == EFBIG) {
      fail("cannot start: the limit of the size of files (ulimit -f) is too low to unpack the program: start it once "
           "without that limit");
    }
    fail("cannot run from memory: %m: start it once as root, or set LVSCTL_CACHE_DIR to a directory of your own");
  }
  return fd;
}

/* Ends if exec failed because of long arguments, which another way to start would not change. */
static void fail_if_too_long(void) {
  if (errno == E2BIG) fail("cannot start: %m: give it fewer or shorter arguments");
}

static const char *const no_flags[] = {NULL};

static _Noreturn void run_from_memory(const struct payload *payload, int argc, char **argv) {
  struct rlimit limit = lift_file_limit();
  int runtime = memory_file(payload, &payload->parts[RUNTIME], MFD_CLOEXEC);
  const struct bundle *bundle = in_one_text(chosen_bundle(argc, argv));
  const struct part *part = &payload->parts[FIRST_BUNDLE + (bundle - bundles)];
  /* The runtime opens these by name, so they stay open across the exec. */
  char module[64];
  char boot[64];
  snprintf(module, sizeof module, "/proc/self/fd/%d", memory_file(payload, part, 0));
  snprintf(boot, sizeof boot, "/proc/self/fd/%d", memory_file(payload, &payload->parts[BOOT], 0));
  set_variable("DENO_DIR", NOWHERE);
  set_variable(BUNDLE_VARIABLE, module);
  restore_file_limit(limit);
  fexecve(runtime, runtime_arguments(argc, argv, boot, bundle, no_flags), environ);
  fail_if_too_long();
  if (errno == ENOEXEC) fail("this executable is damaged: install it again");
  fail("cannot run from memory: %m: set LVSCTL_CACHE_DIR to a directory of your own on a file system without noexec");
}

static bool is_before(struct timespec a, struct timespec b) {
  return a.tv_sec < b.tv_sec || (a.tv_sec == b.tv_sec && a.tv_nsec < b.tv_nsec);
}

/* Whether Deno has added compiled code since the last attempt to merge the log. */
static bool has_new_log(const struct cache *cache) {
  struct stat log, merged;
  if (fstatat(cache->fd, LOG_NAME, &log, AT_SYMLINK_NOFOLLOW) || log.st_size == 0) return false;
  if (fstatat(cache->fd, MERGED_NAME, &merged, AT_SYMLINK_NOFOLLOW)) return true;
  return is_before(merged.st_mtim, log.st_mtim);
}

/*
 * Merges the logs into Deno's databases, of compiled code above all. Deno never closes them, and SQLite reads the logs
 * at each start again, in more than a thousand system calls; a merged database is mapped instead. The runtime has
 * SQLite, so it merges, once after each addition. A failure only costs time at later starts.
 */
static void merge_log(const struct cache *cache, const char *deno_dir, const char *runtime, char **arguments) {
  if (!has_new_log(cache)) return;
  pid_t child = fork();
  if (child == 0) {
    int null = open("/dev/null", O_RDWR);
    alarm(MERGE_SECONDS);
    for (int fd = 0; null >= 0 && fd <= 2; fd++) dup2(null, fd);
    set_variable(MERGE_VARIABLE, deno_dir);
    execve(runtime, arguments, environ);
    _exit(EXIT_CANNOT_START);
  }
  if (child > 0) {
    while (waitpid(child, NULL, 0) < 0 && errno == EINTR) continue;
  }
  int fd = openat(cache->fd, MERGED_NAME, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0644);
  if (fd < 0) return;
  futimens(fd, NULL);
  close(fd);
}

/*
 * Whether earlier starts have kept the bundle's compiled code. The runtime keeps it only if the program ends by itself,
 * and then it also releases all memory in many calls, which later starts need not do.
 */
static bool code_is_kept(const struct cache *cache, const struct bundle *bundle) {
  if (!bundle->ends_at_once) return false;
  char name[NAME_MAX + 1];
  snprintf(name, sizeof name, CODE_CACHE_NAME "/%s" STARTS_SUFFIX, bundle->file);
  int fd = openat(cache->fd, name, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0) return false;
  struct stat starts, verified;
  bool known = fstat(fd, &starts) == 0;
  /* The runtime replaces a database that a power failure has damaged by an empty one: each boot counts anew. */
  if (known && fstatat(cache->fd, RECORD_NAME, &verified, AT_SYMLINK_NOFOLLOW) == 0 &&
      is_before(starts.st_mtim, verified.st_mtim) && ftruncate(fd, 0) == 0) {
    starts.st_size = 0;
  }
  bool kept = known && starts.st_size >= KEEPING_STARTS;
  /* If the byte cannot be written, later starts are no worse than this one. */
  if (!kept && write(fd, "+", 1) < 0) errno = 0;
  close(fd);
  return kept;
}

/* Returns only if the cache cannot be used. */
static void run_from_cache(const struct payload *payload, int argc, char **argv) {
  struct cache cache = {.fd = -1};
  const struct bundle *bundle = chosen_bundle(argc, argv);
  /* Directories and files get exactly the modes in this file; the program gets the user's umask. */
  mode_t mask = umask(022);
  bool ready = open_cache(&cache, payload) && (payload_is_verified(&cache, payload) || fill_cache(&cache, payload));
  const char *deno_dir = ready && bundle->keeps_code ? code_cache(&cache) : NULL;
  if (!deno_dir) bundle = in_one_text(bundle);
  if (ready) mark_used(&cache);
  umask(mask);
  if (ready) {
    /* By path, because Deno takes its own location and ps the name from it. All of the path was checked above. */
    char runtime[sizeof cache.directory + sizeof RUNTIME_NAME];
    char module[sizeof cache.directory + NAME_MAX + 1];
    char boot[sizeof cache.directory + sizeof BOOT_NAME];
    snprintf(runtime, sizeof runtime, "%s/" RUNTIME_NAME, cache.directory);
    snprintf(module, sizeof module, "%s/%s", cache.directory, bundle->file);
    snprintf(boot, sizeof boot, "%s/" BOOT_NAME, cache.directory);
    if (deno_dir) merge_log(&cache, deno_dir, runtime, runtime_arguments(1, argv, boot, bundle, no_flags));
    set_variable("DENO_DIR", deno_dir ? deno_dir : NOWHERE);
    if (!deno_dir) set_variable(BUNDLE_VARIABLE, module);
    else if (code_is_kept(&cache, bundle)) set_variable(KEPT_VARIABLE, "1");
    char **arguments = deno_dir ? runtime_arguments(argc, argv, module, bundle, bundle->flags)
                                : runtime_arguments(argc, argv, boot, bundle, no_flags);
    execve(runtime, arguments, environ);
    fail_if_too_long();
    report_why(&cache, runtime, strerror(errno));
  }
  if (cache.fd >= 0) close(cache.fd);
}

/* The command of a daemon, and the signals that it listens for besides those that end it. */
#define DAEMON_COMMAND "run"
static const int daemon_signals[] = {SIGHUP, SIGUSR1, SIGUSR2};

/*
 * Gives the program the signals that its listeners expect. A parent may have blocked signals, which then never arrive.
 * A daemon's signals are blocked until it listens (core/system/signals.ts): their default action would end it, and the
 * runtime takes that action itself until a listener is complete. A blocked signal waits.
 */
static void prepare_signals(int argc, char **argv) {
  sigset_t blocked;
  sigemptyset(&blocked);
  if (argc >= 2 && !strcmp(argv[1], DAEMON_COMMAND)) {
    for (size_t i = 0; i < sizeof daemon_signals / sizeof *daemon_signals; i++) sigaddset(&blocked, daemon_signals[i]);
  }
  sigprocmask(SIG_SETMASK, &blocked, NULL);
  /* Ignored, it would keep the program from learning how its own children end. */
  signal(SIGCHLD, SIG_DFL);
  /* Then a write beyond the limit of the size of files fails with EFBIG, which the program reports and cleans up. */
  signal(SIGXFSZ, SIG_IGN);
}

int main(int argc, char **argv) {
  /* First, because a daemon's signal may follow its start at once. */
  prepare_signals(argc, argv);
  open_standard_streams();
  refuse_set_id();
  check_limits();
  check_processes();
  leave_removed_directory();
  struct payload payload = open_payload();
  clean_environment(argc > 0 ? argv[0] : PROGRAM);
  set_allocator(chosen_bundle(argc, argv));
  run_from_cache(&payload, argc, argv);
  run_from_memory(&payload, argc, argv);
}

/*
 * Preloaded into the guest's kernel on processors whose register state is larger than User-Mode Linux 6.1 expects.
 *
 * That kernel saves a process's registers by PTRACE_GETREGSET into a buffer of 2,696 bytes and restores them with the
 * same size. The host's kernel takes a restore only with the whole state, which AMX makes 11,008 bytes long, and
 * answers EFAULT otherwise; the guest then panics in put_fp_registers. Here a short restore is completed with the
 * process's present state.
 */
#define _GNU_SOURCE
#include <stdarg.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { PEEKTEXT = 1, PEEKUSER = 3, GETREGSET = 0x4204, SETREGSET = 0x4205 }; /* linux/ptrace.h */

#define NT_X86_XSTATE ((void *)0x202L) /* linux/elf.h */

long ptrace(int request, ...) {
  va_list arguments;
  va_start(arguments, request);
  const long pid = va_arg(arguments, int);
  void *const address = va_arg(arguments, void *);
  void *const data = va_arg(arguments, void *);
  va_end(arguments);
  if (request == SETREGSET && address == NT_X86_XSTATE) {
    static __thread char state[65536];
    const struct iovec *given = data;
    struct iovec whole = {.iov_base = state, .iov_len = sizeof state};
    if (syscall(SYS_ptrace, GETREGSET, pid, address, &whole) == 0 && given->iov_len < whole.iov_len) {
      memcpy(state, given->iov_base, given->iov_len);
      return syscall(SYS_ptrace, SETREGSET, pid, address, &whole);
    }
  }
  if (request >= PEEKTEXT && request <= PEEKUSER) {
    /* The system call stores the word, the C function returns it. */
    long word = 0;
    return syscall(SYS_ptrace, request, pid, address, &word) < 0 ? -1 : word;
  }
  return syscall(SYS_ptrace, request, pid, address, data);
}

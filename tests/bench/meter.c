/*
 * Runs a program without its output, and prints what it took: CPU time, user and system together, in microseconds; time
 * in microseconds; the most memory in kilobytes. With --input FILE before the program, that is its standard input.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

static long microseconds(struct timeval time) { return time.tv_sec * 1000000L + time.tv_usec; }

int main(int argc, char **argv) {
  const char *input = "/dev/null";
  if (argc > 3 && !strcmp(argv[1], "--input")) {
    input = argv[2];
    argc -= 2;
    argv += 2;
  }
  if (argc < 2) return 2;
  struct timeval began, ended;
  gettimeofday(&began, NULL);
  pid_t child = fork();
  if (child < 0) return 2;
  if (child == 0) {
    dup2(open(input, O_RDONLY), STDIN_FILENO);
    dup2(open("/dev/null", O_WRONLY), STDOUT_FILENO);
    execvp(argv[1], argv + 1);
    _exit(127);
  }
  int status;
  struct rusage used;
  if (wait4(child, &status, 0, &used) != child || status != 0) return 1;
  gettimeofday(&ended, NULL);
  printf("%ld %ld %ld\n", microseconds(used.ru_utime) + microseconds(used.ru_stime),
         microseconds(ended) - microseconds(began), used.ru_maxrss);
  return 0;
}

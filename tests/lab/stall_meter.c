/*
 * Sleeps again and again for the given time, ahead of every other program of the guest (SCHED_FIFO), and prints a line for
 * each sleep that was longer than it had to be: the time of day at its end, how long it was, and what it was longer by;
 * milliseconds. No other program can cause that, unless the guest's kernel works for it: the guest itself did not run.
 *
 *   stall_meter TICK_MS LATE_MS
 */
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double now(clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  return time.tv_sec * 1e3 + time.tv_nsec / 1e6;
}

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  const double tick = atof(argv[1]), late = atof(argv[2]);
  const struct timespec rest = {.tv_nsec = (long)(tick * 1e6)};
  const struct sched_param first = {.sched_priority = 99};
  if (sched_setscheduler(0, SCHED_FIFO, &first) != 0) return 1;
  setvbuf(stdout, NULL, _IOLBF, 0);
  puts("ready");
  for (;;) {
    const double begin = now(CLOCK_MONOTONIC);
    nanosleep(&rest, NULL);
    const double took = now(CLOCK_MONOTONIC) - begin;
    if (took > tick + late) printf("%.2f %.2f %.2f\n", now(CLOCK_REALTIME), took, took - tick);
  }
}

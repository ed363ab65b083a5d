/*
 * Programs that measure who has a VIP, and when no director has it. Both run ahead of the programs that they measure
 * (SCHED_FIFO), so that they are not late themselves.
 *
 *   vip_echo host NAME
 *     Answers datagrams with the name.
 *   vip_echo client EVERY_MS ADDRESS...
 *     Asks each address again after each interval. It prints a line when another host answers, and when an answer is late:
 *     the time of day, the address, the name of the host, and the time since the answer before; milliseconds.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { PORT = 9999, MOST = 16, PRIORITY = 50 };

/* How much more than the interval between two answers is worth a line; milliseconds. */
static const double LATE_MS = 10;

typedef struct {
  const char *text;
  struct sockaddr_storage to;
  socklen_t length;
  int socket;
  double last;
  char name[16];
} Asked;

static double now(clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  return time.tv_sec * 1e3 + time.tv_nsec / 1e6;
}

static int must(int result, const char *what) {
  if (result >= 0) return result;
  perror(what);
  exit(1);
}

static _Noreturn void answer(const char *name) {
  struct sockaddr_in6 any = {.sin6_family = AF_INET6, .sin6_port = htons(PORT), .sin6_addr = in6addr_any};
  const int both = must(socket(AF_INET6, SOCK_DGRAM, 0), "socket");
  /* An answer has to come from the address that was asked, which the kernel chooses for a socket of one family alone. */
  int on = 1;
  must(setsockopt(both, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on), "setsockopt");
  must(bind(both, (struct sockaddr *)&any, sizeof any), "bind");
  struct sockaddr_in any4 = {.sin_family = AF_INET, .sin_port = htons(PORT)};
  const int ipv4 = must(socket(AF_INET, SOCK_DGRAM, 0), "socket");
  must(bind(ipv4, (struct sockaddr *)&any4, sizeof any4), "bind");
  puts("ready");
  struct pollfd sockets[] = {{.fd = ipv4, .events = POLLIN}, {.fd = both, .events = POLLIN}};
  for (;;) {
    poll(sockets, 2, -1);
    for (int index = 0; index < 2; index++) {
      char question[16];
      struct sockaddr_storage from;
      socklen_t length = sizeof from;
      const int socket = sockets[index].fd;
      while (recvfrom(socket, question, sizeof question, MSG_DONTWAIT, (struct sockaddr *)&from, &length) >= 0) {
        sendto(socket, name, strlen(name), 0, (struct sockaddr *)&from, length);
        length = sizeof from;
      }
    }
  }
}

static void prepare(Asked *asked, const char *text) {
  struct sockaddr_in *ipv4 = (struct sockaddr_in *)&asked->to;
  struct sockaddr_in6 *ipv6 = (struct sockaddr_in6 *)&asked->to;
  asked->text = text;
  if (inet_pton(AF_INET, text, &ipv4->sin_addr) == 1) {
    ipv4->sin_family = AF_INET;
    ipv4->sin_port = htons(PORT);
    asked->length = sizeof *ipv4;
  } else {
    must(inet_pton(AF_INET6, text, &ipv6->sin6_addr) - 1, "inet_pton");
    ipv6->sin6_family = AF_INET6;
    ipv6->sin6_port = htons(PORT);
    asked->length = sizeof *ipv6;
  }
  asked->socket = must(socket(asked->to.ss_family, SOCK_DGRAM, 0), "socket");
}

static void take(Asked *asked, double every) {
  char name[16];
  ssize_t length;
  while ((length = recv(asked->socket, name, sizeof name - 1, MSG_DONTWAIT)) >= 0) {
    const double at = now(CLOCK_MONOTONIC);
    const double gap = asked->last == 0 ? 0 : at - asked->last;
    name[length] = 0;
    if (strcmp(name, asked->name) != 0 || gap > every + LATE_MS) {
      printf("%.2f %s %s %.2f\n", now(CLOCK_REALTIME), asked->text, name, gap);
    }
    asked->last = at;
    strcpy(asked->name, name);
  }
}

static _Noreturn void ask(double every, int count, char **texts) {
  static Asked all[MOST];
  struct pollfd ready[MOST + 1];
  for (int index = 0; index < count; index++) {
    prepare(&all[index], texts[index]);
    ready[index] = (struct pollfd){.fd = all[index].socket, .events = POLLIN};
  }
  const int timer = must(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK), "timerfd_create");
  const struct timespec period = {.tv_sec = every / 1e3, .tv_nsec = (long)(every * 1e6) % 1000000000};
  const struct itimerspec times = {.it_interval = period, .it_value = period};
  must(timerfd_settime(timer, 0, &times, NULL), "timerfd_settime");
  ready[count] = (struct pollfd){.fd = timer, .events = POLLIN};
  puts("ready");
  for (;;) {
    poll(ready, count + 1, -1);
    for (int index = 0; index < count; index++) take(&all[index], every);
    unsigned long long ticks;
    if (read(timer, &ticks, sizeof ticks) != sizeof ticks) continue;
    /* The address may have no host at present. */
    for (int index = 0; index < count; index++) {
      sendto(all[index].socket, "?", 1, MSG_DONTWAIT, (struct sockaddr *)&all[index].to, all[index].length);
    }
  }
}

int main(int argc, char **argv) {
  const struct sched_param ahead = {.sched_priority = PRIORITY};
  must(sched_setscheduler(0, SCHED_FIFO, &ahead), "sched_setscheduler");
  setvbuf(stdout, NULL, _IOLBF, 0);
  if (argc == 3 && strcmp(argv[1], "host") == 0) answer(argv[2]);
  if (argc < 4 || argc - 3 > MOST || strcmp(argv[1], "client") != 0) return 2;
  ask(atof(argv[2]), argc - 3, argv + 3);
}

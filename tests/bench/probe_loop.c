/*
 * The least that a probe can cost: servers that answer, and a loop over epoll that probes them at the same pace as
 * lvsctl, without deadlines, results or a schedule of its own.
 *
 *   probe_loop serve tcp|http PORT                              on all addresses, until it is killed
 *   probe_loop probe tcp|http PORT SERVERS INTERVAL_MS SECONDS  127.1.0.0 and so on; prints nanoseconds of CPU per probe
 */
#define _GNU_SOURCE
#include <math.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BACKLOG 4096
#define MAX_EVENTS 256
#define MAX_DESCRIPTORS 65536

static const char request[] = "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: lvsctl\r\nAccept: */*\r\n"
                              "Accept-Encoding: identity\r\nConnection: close\r\n\r\n";
static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok";

static double now_ms(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

static int fail(const char *what) {
  perror(what);
  return 1;
}

static int serve(bool is_http, in_port_t port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
  char buffer[4096];
  int on = 1;
  int listener = socket(AF_INET, SOCK_STREAM, 0);
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, BACKLOG)) return fail("listen");
  for (;;) {
    int client = accept(listener, NULL, NULL);
    if (client < 0) continue;
    if (is_http && recv(client, buffer, sizeof buffer, 0) > 0) {
      send(client, answer, sizeof answer - 1, MSG_NOSIGNAL);
    }
    close(client);
  }
}

static void begin(int epoll, in_port_t port, int server) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
  address.sin_addr.s_addr = htonl(0x7f010000u + (uint32_t)server);
  int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  connect(descriptor, (struct sockaddr *)&address, sizeof address);
  struct epoll_event event = {.events = EPOLLOUT, .data.fd = descriptor};
  epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event);
}

/* Whether the probe is over. */
static bool go_on(int epoll, int descriptor, bool is_http, bool *asked) {
  char buffer[16384];
  int error = 0;
  socklen_t length = sizeof error;
  if (!*asked) getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &length);
  if (is_http && !*asked && error == 0) {
    struct epoll_event event = {.events = EPOLLIN, .data.fd = descriptor};
    send(descriptor, request, sizeof request - 1, MSG_NOSIGNAL);
    epoll_ctl(epoll, EPOLL_CTL_MOD, descriptor, &event);
    *asked = true;
    return false;
  }
  if (*asked) recv(descriptor, buffer, sizeof buffer, 0);
  *asked = false;
  close(descriptor);
  return true;
}

static int probe(bool is_http, in_port_t port, int servers, double interval_ms, double seconds) {
  static bool asked[MAX_DESCRIPTORS];
  struct epoll_event events[MAX_EVENTS];
  int epoll = epoll_create1(0);
  long started = 0, done = 0;
  double start = now_ms(), end = start + seconds * 1e3, step = interval_ms / servers;
  while (now_ms() < end || started > done) {
    double now = now_ms();
    for (; now < end && start + (double)started * step <= now; started++) begin(epoll, port, (int)(started % servers));
    double wait = start + (double)started * step - now_ms();
    int count = epoll_wait(epoll, events, MAX_EVENTS, wait < 0 ? 0 : (int)ceil(wait));
    for (int i = 0; i < count; i++) {
      if (go_on(epoll, events[i].data.fd, is_http, &asked[events[i].data.fd])) done++;
    }
  }
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  double micros = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6 +
                  (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
  printf("%.0f\n", micros * 1e3 / (double)done);
  return 0;
}

int main(int argc, char **argv) {
  bool is_http = argc > 2 && !strcmp(argv[2], "http");
  if (argc == 4 && !strcmp(argv[1], "serve")) return serve(is_http, (in_port_t)atoi(argv[3]));
  if (argc == 7 && !strcmp(argv[1], "probe")) {
    return probe(is_http, (in_port_t)atoi(argv[3]), atoi(argv[4]), atof(argv[5]), atof(argv[6]));
  }
  fprintf(stderr, "usage: see the comment at the top\n");
  return 2;
}

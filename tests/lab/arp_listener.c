/*
 * Prints each gratuitous ARP on an interface: the time of day of its arrival in milliseconds, and the address.
 *
 *   arp_listener DEVICE
 */
#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <linux/sockios.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/if_ether.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>

int main(int argc, char **argv) {
  if (argc != 2) return 2;
  const int listener = socket(AF_PACKET, SOCK_DGRAM, htons(ETH_P_ARP));
  const struct sockaddr_ll device = {
      .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ARP), .sll_ifindex = if_nametoindex(argv[1])};
  if (bind(listener, (const struct sockaddr *)&device, sizeof device) != 0) {
    perror("bind");
    return 1;
  }
  setvbuf(stdout, NULL, _IOLBF, 0);
  puts("ready");
  for (struct ether_arp packet; recv(listener, &packet, sizeof packet, 0) >= 0;) {
    struct timeval time;
    char address[INET_ADDRSTRLEN];
    if (memcmp(packet.arp_spa, packet.arp_tpa, sizeof packet.arp_spa) != 0) continue;
    if (ioctl(listener, SIOCGSTAMP, &time) != 0) return 1;
    inet_ntop(AF_INET, packet.arp_spa, address, sizeof address);
    printf("%.2f %s\n", time.tv_sec * 1e3 + time.tv_usec / 1e3, address);
  }
}

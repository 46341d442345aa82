/* server [PORT]: answers every connection with "200 ok"; the long-running program of the test images. */
#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void stop(int signal) { _exit(128 + signal); }

int main(int argc, char **argv) {
  static const char answer[] = "HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n\r\nok\n";
  const char *port = argc > 1 ? argv[1] : getenv("PORT");
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port ? atoi(port) : 8080)};
  int one = 1, server = socket(AF_INET, SOCK_STREAM, 0);
  signal(SIGTERM, stop); /* as PID 1 the default action would be ignored */
  signal(SIGINT, stop);
  signal(SIGPIPE, SIG_IGN);
  setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (bind(server, (struct sockaddr *)&address, sizeof address) || listen(server, 8)) {
    perror("server");
    return 1;
  }
  fprintf(stderr, "listening on port %d\n", ntohs(address.sin_port));
  for (;;) {
    char request[1024];
    int client = accept(server, 0, 0);
    if (client < 0) continue;
    if (read(client, request, sizeof request) > 0) (void)!write(client, answer, strlen(answer));
    close(client);
  }
}

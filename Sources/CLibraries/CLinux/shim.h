#ifndef ARBD_CLINUX_SHIM_H
#define ARBD_CLINUX_SHIM_H

// Swift's Glibc module leaves these out.
#include <sys/epoll.h>
#include <sys/eventfd.h>

#endif

// A program's own malloc goes before the C library's, for the Swift runtime's allocations too: the dynamic linker takes
// the first definition it finds. Each call is counted and passed on to glibc by the name that it keeps for this.
#include "AllocationCounter.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZER_HAS_MALLOC 1
#endif
#endif

#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *block, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

static _Thread_local uint64_t of_thread;
static _Atomic uint64_t of_process;
static _Atomic int counts_process;

#ifdef SANITIZER_HAS_MALLOC
__attribute__((unused))
#endif
static void count(void) {
  of_thread += 1;
  if (atomic_load_explicit(&counts_process, memory_order_relaxed)) {
    atomic_fetch_add_explicit(&of_process, 1, memory_order_relaxed);
  }
}

uint64_t allocations_of_thread(void) { return of_thread; }

uint64_t allocations_of_process(void) { return atomic_load(&of_process); }

void count_allocations_of_process(int on) { atomic_store(&counts_process, on); }

#ifndef SANITIZER_HAS_MALLOC

void *malloc(size_t size) {
  count();
  return __libc_malloc(size);
}

void *calloc(size_t number, size_t size) {
  count();
  return __libc_calloc(number, size);
}

void *realloc(void *block, size_t size) {
  count();
  return __libc_realloc(block, size);
}

void *memalign(size_t alignment, size_t size) {
  count();
  return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
  count();
  return __libc_memalign(alignment, size);
}

int posix_memalign(void **block, size_t alignment, size_t size) {
  if (alignment % sizeof(void *) != 0 || (alignment & (alignment - 1)) != 0 || alignment == 0) return EINVAL;
  count();
  void *allocated = __libc_memalign(alignment, size);
  if (allocated == NULL) return ENOMEM;
  *block = allocated;
  return 0;
}

#endif

#ifndef ALLOCATION_COUNTER_H
#define ALLOCATION_COUNTER_H

// For malloc_trim, which the Glibc module lacks.
#include <malloc.h>
#include <stdint.h>

// Calls of malloc, calloc, realloc, posix_memalign, aligned_alloc and memalign by the calling thread so far.
uint64_t allocations_of_thread(void);

// The same of all threads, ended ones included, while counting of all threads was on.
uint64_t allocations_of_process(void);

// Counting across threads costs an atomic addition for each call, so it is off where only one thread matters.
void count_allocations_of_process(int on);

#endif

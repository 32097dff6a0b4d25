#ifndef ARBD_CZLIB_SHIM_H
#define ARBD_CZLIB_SHIM_H

// Makes z_stream.next_in a pointer to const, so that input need not be copied or cast.
#ifndef ZLIB_CONST
#define ZLIB_CONST
#endif
#include <zlib.h>

// inflateInit2 and deflateInit2 are macros: they pass on the version and the size that the caller was compiled with.
static inline int arbd_inflateInit2(z_stream *stream, int windowBits) {
  return inflateInit2(stream, windowBits);
}

static inline int arbd_deflateInit2(z_stream *stream, int level, int windowBits, int memoryLevel) {
  return deflateInit2(stream, level, Z_DEFLATED, windowBits, memoryLevel, Z_DEFAULT_STRATEGY);
}

#endif

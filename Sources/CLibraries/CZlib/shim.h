#ifndef ARBD_CZLIB_SHIM_H
#define ARBD_CZLIB_SHIM_H

// No shims: the gzFile functions that a reader needs (gzopen, gzread, gzerror, gzclose) are plain functions.
#include <zlib.h>

#endif

#ifndef ARBD_COPENSSL_SHIM_H
#define ARBD_COPENSSL_SHIM_H

// No shims: SHA256 is a plain one-shot function. Only <openssl/sha.h>, so that no deprecated engine API is imported.
#include <openssl/sha.h>

#endif

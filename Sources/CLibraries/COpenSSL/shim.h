#ifndef ARBD_COPENSSL_SHIM_H
#define ARBD_COPENSSL_SHIM_H

// SHA256 is a plain one-shot function; nothing of <openssl/ssl.h> is used by those who only hash.
#include <openssl/sha.h>
#include <openssl/ssl.h>
#include <openssl/err.h>

#endif

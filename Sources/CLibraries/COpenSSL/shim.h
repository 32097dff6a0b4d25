#ifndef ARBD_COPENSSL_SHIM_H
#define ARBD_COPENSSL_SHIM_H

// SHA256 and HMAC are plain one-shot functions; nothing of <openssl/ssl.h> is used by those who only hash and sign.
#include <openssl/sha.h>
#include <openssl/hmac.h>
#include <openssl/ssl.h>
#include <openssl/err.h>

#endif

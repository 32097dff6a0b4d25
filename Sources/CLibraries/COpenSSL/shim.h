#ifndef ARBD_COPENSSL_SHIM_H
#define ARBD_COPENSSL_SHIM_H

// SHA256 and HMAC are plain one-shot functions; nothing of <openssl/ssl.h> is used by those who only hash and sign.
#include <openssl/sha.h>
#include <openssl/hmac.h>
#include <openssl/ssl.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

// Macros with casts and calls in them, which Swift does not see.
static const uint64_t arbd_SSL_OP_NO_RENEGOTIATION = SSL_OP_NO_RENEGOTIATION;
static const int arbd_BIO_RETRY_FLAGS = BIO_FLAGS_RWS | BIO_FLAGS_SHOULD_RETRY;

#endif

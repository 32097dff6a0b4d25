#ifndef ARBD_LOOPBACK_H
#define ARBD_LOOPBACK_H

#include <stddef.h>
#include <stdint.h>

/// Listens on loopback, takes every client for one that opens a WebSocket, and sends it the frame without end, on a thread
/// for each. With a certificate it speaks TLS, with a record for each frame. Gives the port, or 0.
uint16_t loopback_serve(const uint8_t *frame, size_t count, const char *certificate, const char *key);

/// A client that only reads; with TLS it neither checks certificates nor anything else.
typedef struct bare_client bare_client;
bare_client *bare_open(uint16_t port, int is_encrypted);

/// Reads at least so many bytes; gives how many, or -1.
long bare_read(bare_client *client, long count);

#endif

#define _GNU_SOURCE
#include "Loopback.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

// How many frames go to the system at once.
#define FRAMES 256

typedef struct {
  int listener;
  uint8_t *frame;
  size_t count;
  SSL_CTX *context;
} server;

typedef struct {
  server *server;
  int descriptor;
} session;

struct bare_client {
  int descriptor;
  SSL *tls;
};

static int send_all(int descriptor, const void *bytes, size_t count) {
  for (size_t sent = 0; sent < count;) {
    ssize_t more = send(descriptor, (const char *)bytes + sent, count - sent, MSG_NOSIGNAL);
    if (more <= 0) return 0;
    sent += (size_t)more;
  }
  return 1;
}

/// The answer to a WebSocket's request; 0 when it is none.
static int answer(const char *request, char *output, size_t size) {
  static const char field[] = "Sec-WebSocket-Key: ";
  const char *key = strstr(request, field);
  if (!key || strlen(key) < sizeof field + 24) return 0;
  char text[128];
  snprintf(text, sizeof text, "%.24s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", key + sizeof field - 1);
  unsigned char digest[SHA_DIGEST_LENGTH];
  SHA1((unsigned char *)text, strlen(text), digest);
  unsigned char accept[32];
  EVP_EncodeBlock(accept, digest, sizeof digest);
  return snprintf(output, size,
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n",
    accept);
}

/// What the TLS layer has written into memory goes out in one piece.
static int flush_tls(SSL *tls, int descriptor) {
  BIO *output = SSL_get_wbio(tls);
  char *bytes;
  long count = BIO_get_mem_data(output, &bytes);
  int is_sent = send_all(descriptor, bytes, (size_t)count);
  (void)BIO_reset(output);
  return is_sent;
}

static void serve_tls(server *server, int descriptor) {
  SSL *tls = SSL_new(server->context);
  SSL_set_fd(tls, descriptor);
  char request[4096] = {0}, reply[512];
  if (SSL_accept(tls) == 1 && SSL_read(tls, request, sizeof request - 1) > 0) {
    int count = answer(request, reply, sizeof reply);
    if (count > 0 && SSL_write(tls, reply, count) > 0) {
      SSL_set0_wbio(tls, BIO_new(BIO_s_mem()));
      do {
        for (int i = 0; i < FRAMES; i++) SSL_write(tls, server->frame, (int)server->count);
      } while (flush_tls(tls, descriptor));
    }
  }
  SSL_free(tls);
}

static void serve_plain(server *server, int descriptor) {
  char request[4096] = {0}, reply[512];
  if (recv(descriptor, request, sizeof request - 1, 0) <= 0) return;
  int count = answer(request, reply, sizeof reply);
  if (count <= 0 || !send_all(descriptor, reply, (size_t)count)) return;
  uint8_t *frames = malloc(FRAMES * server->count);
  for (int i = 0; i < FRAMES; i++) memcpy(frames + (size_t)i * server->count, server->frame, server->count);
  while (send_all(descriptor, frames, FRAMES * server->count)) {}
  free(frames);
}

static void *run_session(void *argument) {
  session *session = argument;
  if (session->server->context) serve_tls(session->server, session->descriptor);
  else serve_plain(session->server, session->descriptor);
  close(session->descriptor);
  free(session);
  return NULL;
}

static void start(void *(*body)(void *), void *argument) {
  pthread_t thread;
  if (pthread_create(&thread, NULL, body, argument) == 0) pthread_detach(thread);
}

static void *run_server(void *argument) {
  server *server = argument;
  for (int descriptor; (descriptor = accept(server->listener, NULL, NULL)) >= 0;) {
    session *one = malloc(sizeof *one);
    *one = (session){server, descriptor};
    start(run_session, one);
  }
  return NULL;
}

uint16_t loopback_serve(const uint8_t *frame, size_t count, const char *certificate, const char *key) {
  server *server = calloc(1, sizeof *server);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof address;
  server->listener = socket(AF_INET, SOCK_STREAM, 0);
  if (bind(server->listener, (struct sockaddr *)&address, length) != 0 || listen(server->listener, 16) != 0 ||
      getsockname(server->listener, (struct sockaddr *)&address, &length) != 0) return 0;
  server->frame = malloc(count);
  server->count = count;
  memcpy(server->frame, frame, count);
  if (certificate) {
    server->context = SSL_CTX_new(TLS_server_method());
    if (SSL_CTX_use_certificate_chain_file(server->context, certificate) != 1 ||
        SSL_CTX_use_PrivateKey_file(server->context, key, SSL_FILETYPE_PEM) != 1) return 0;
  }
  start(run_server, server);
  return ntohs(address.sin_port);
}

bare_client *bare_open(uint16_t port, int is_encrypted) {
  static const char request[] = "GET / HTTP/1.1\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nHost: localhost\r\n\r\n";
  struct sockaddr_in address = {
    .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  bare_client *client = calloc(1, sizeof *client);
  client->descriptor = socket(AF_INET, SOCK_STREAM, 0);
  if (connect(client->descriptor, (struct sockaddr *)&address, sizeof address) != 0) return NULL;
  if (!is_encrypted) return send_all(client->descriptor, request, sizeof request - 1) ? client : NULL;
  SSL_CTX *context = SSL_CTX_new(TLS_client_method());
  SSL_CTX_set_read_ahead(context, 1);
  client->tls = SSL_new(context);
  SSL_CTX_free(context);
  SSL_set_fd(client->tls, client->descriptor);
  if (SSL_connect(client->tls) != 1 || SSL_write(client->tls, request, sizeof request - 1) <= 0) return NULL;
  return client;
}

long bare_read(bare_client *client, long count) {
  static char room[65536];
  long read = 0;
  while (read < count) {
    long more = client->tls ? SSL_read(client->tls, room, sizeof room) : recv(client->descriptor, room, sizeof room, 0);
    if (more <= 0) return -1;
    read += more;
  }
  return read;
}

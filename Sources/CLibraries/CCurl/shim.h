#ifndef ARBD_CCURL_SHIM_H
#define ARBD_CCURL_SHIM_H

#include <curl/curl.h>

// curl_easy_setopt, curl_easy_getinfo and curl_multi_setopt are variadic, which Swift cannot call, and macros that check
// types besides; a function for each type of argument is both checked and callable. Names in parentheses avoid the macros.

static inline CURLcode arbd_curl_set_long(CURL *handle, CURLoption option, long value) {
  return (curl_easy_setopt)(handle, option, value);
}

static inline CURLcode arbd_curl_set_offset(CURL *handle, CURLoption option, curl_off_t value) {
  return (curl_easy_setopt)(handle, option, value);
}

// libcurl copies the string, except for options that say otherwise.
static inline CURLcode arbd_curl_set_string(CURL *handle, CURLoption option, const char *value) {
  return (curl_easy_setopt)(handle, option, value);
}

static inline CURLcode arbd_curl_set_pointer(CURL *handle, CURLoption option, void *value) {
  return (curl_easy_setopt)(handle, option, value);
}

static inline CURLcode arbd_curl_set_list(CURL *handle, CURLoption option, struct curl_slist *value) {
  return (curl_easy_setopt)(handle, option, value);
}

// Function pointers are no data pointers in C: each kind of callback has its own.
static inline CURLcode arbd_curl_set_write_function(CURL *handle, curl_write_callback function) {
  return (curl_easy_setopt)(handle, CURLOPT_WRITEFUNCTION, function);
}

static inline CURLcode arbd_curl_get_long(CURL *handle, CURLINFO info, long *value) {
  return (curl_easy_getinfo)(handle, info, value);
}

static inline CURLcode arbd_curl_get_offset(CURL *handle, CURLINFO info, curl_off_t *value) {
  return (curl_easy_getinfo)(handle, info, value);
}

static inline CURLcode arbd_curl_get_socket(CURL *handle, CURLINFO info, curl_socket_t *value) {
  return (curl_easy_getinfo)(handle, info, value);
}

static inline CURLcode arbd_curl_get_string(CURL *handle, CURLINFO info, const char **value) {
  return (curl_easy_getinfo)(handle, info, value);
}

// A union in the message, of which only this member is used.
static inline CURLcode arbd_curl_message_result(const CURLMsg *message) { return message->data.result; }

// CURLVERSION_NOW is a macro for an enumerator, which Swift does not see.
static inline curl_version_info_data *arbd_curl_version(void) { return curl_version_info(CURLVERSION_NOW); }

#endif

#ifndef ARBD_CCURL_SHIM_H
#define ARBD_CCURL_SHIM_H

#include <curl/curl.h>

#endif

// The few Linux calls that Swift's Glibc overlay lacks or spells awkwardly, with struct types of our own.
// Every function returns a value >= 0, or a negated errno; none of them allocates except clinux_resolve_*.
#ifndef CLINUX_H
#define CLINUX_H

#include "clinux_event.h"
#include "clinux_filter.h"
#include "clinux_process.h"
#include "clinux_socket.h"
#include "clinux_thread.h"

#if __has_include("clinux_file.h")
#include "clinux_file.h"
#endif
#if __has_include("clinux_media.h")
#include "clinux_media.h"
#endif

#endif

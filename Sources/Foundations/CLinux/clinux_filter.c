#include "clinux_filter.h"

#include <linux/filter.h>
#include <stddef.h>
#include <sys/socket.h>

_Static_assert(sizeof(struct clinux_filter_instruction) == sizeof(struct sock_filter), "sock_filter");
_Static_assert(sizeof(struct clinux_filter) == sizeof(struct sock_fprog), "sock_fprog");
_Static_assert(offsetof(struct clinux_filter, instructions) == offsetof(struct sock_fprog, filter), "sock_fprog");
_Static_assert(CLINUX_FILTER_LOAD_BYTE == (BPF_LD | BPF_B | BPF_ABS), "load byte");
_Static_assert(CLINUX_FILTER_LOAD_WORD == (BPF_LD | BPF_W | BPF_ABS), "load word");
_Static_assert(CLINUX_FILTER_SHIFT_RIGHT == (BPF_ALU | BPF_RSH | BPF_K), "shift");
_Static_assert(CLINUX_FILTER_JUMP == (BPF_JMP | BPF_JA), "jump");
_Static_assert(CLINUX_FILTER_JUMP_IF_EQUAL == (BPF_JMP | BPF_JEQ | BPF_K), "jump if equal");
_Static_assert(CLINUX_FILTER_RETURN == (BPF_RET | BPF_K), "return");
_Static_assert(CLINUX_FILTER_ATTACH == SO_ATTACH_FILTER && CLINUX_FILTER_DETACH == SO_DETACH_FILTER, "options");
_Static_assert(CLINUX_FILTER_NETWORK_HEADER == (unsigned)SKF_NET_OFF, "network header");

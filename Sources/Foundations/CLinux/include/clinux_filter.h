// Socket filters: programs of the kernel's packet filter that choose which datagrams a socket is given.
#ifndef CLINUX_FILTER_H
#define CLINUX_FILTER_H

#include <stdint.h>

// struct sock_filter.
struct clinux_filter_instruction {
    uint16_t code;
    uint8_t jump_if_true;
    uint8_t jump_if_false;
    uint32_t operand;
};

// struct sock_fprog, the value of SO_ATTACH_FILTER.
struct clinux_filter {
    uint16_t count;
    uintptr_t instructions;
};

enum {
    CLINUX_FILTER_LOAD_BYTE = 0x30,
    CLINUX_FILTER_LOAD_WORD = 0x20,
    CLINUX_FILTER_SHIFT_RIGHT = 0x74,
    CLINUX_FILTER_JUMP = 0x05,
    CLINUX_FILTER_JUMP_IF_EQUAL = 0x15,
    CLINUX_FILTER_RETURN = 0x06,
    CLINUX_FILTER_ATTACH = 26,
    CLINUX_FILTER_DETACH = 27,
};

// Added to an offset of the network header.
#define CLINUX_FILTER_NETWORK_HEADER 0xFFF00000u

#endif

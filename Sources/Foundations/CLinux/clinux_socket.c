#include "clinux_socket.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static socklen_t fill(struct sockaddr_storage *storage, const struct clinux_address *address) {
    memset(storage, 0, sizeof *storage);
    if (address->length == 4) {
        struct sockaddr_in *v4 = (struct sockaddr_in *)storage;
        v4->sin_family = AF_INET;
        v4->sin_port = htons(address->port);
        memcpy(&v4->sin_addr, address->bytes, 4);
        return sizeof *v4;
    }
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)storage;
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(address->port);
    memcpy(&v6->sin6_addr, address->bytes, 16);
    return sizeof *v6;
}

int clinux_tcp_connect(const struct clinux_address *address) {
    struct sockaddr_storage storage;
    socklen_t length = fill(&storage, address);
    int descriptor = socket(storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor < 0) return -errno;
    int yes = 1;
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    if (connect(descriptor, (struct sockaddr *)&storage, length) < 0 && errno != EINPROGRESS) {
        int error = errno;
        close(descriptor);
        return -error;
    }
    return descriptor;
}

int clinux_unix_connect(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) return -ENAMETOOLONG;
    strcpy(address.sun_path, path);
    int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor < 0) return -errno;
    if (connect(descriptor, (struct sockaddr *)&address, sizeof address) < 0) {
        int error = errno;
        close(descriptor);
        return -error;
    }
    return descriptor;
}

int clinux_socket_error(int descriptor) {
    int error = 0;
    socklen_t length = sizeof error;
    if (getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &length) < 0) return -errno;
    return -error;
}

int clinux_socket_set_buffers(int descriptor, int send, int receive) {
    if (send && setsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, &send, sizeof send) < 0) return -errno;
    if (receive && setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &receive, sizeof receive) < 0) return -errno;
    return 0;
}

int clinux_tcp_listen_loopback(uint16_t *port) {
    int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor < 0) return -errno;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    if (bind(descriptor, (struct sockaddr *)&address, length) < 0 || listen(descriptor, 128) < 0
        || getsockname(descriptor, (struct sockaddr *)&address, &length) < 0) {
        int error = errno;
        close(descriptor);
        return -error;
    }
    *port = ntohs(address.sin_port);
    return descriptor;
}

int clinux_tcp_listen(const struct clinux_address *address, uint16_t *port) {
    struct sockaddr_storage storage;
    socklen_t length = fill(&storage, address);
    int descriptor = socket(storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor < 0) return -errno;
    int yes = 1;
    if (setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) < 0
        || bind(descriptor, (struct sockaddr *)&storage, length) < 0 || listen(descriptor, 128) < 0
        || getsockname(descriptor, (struct sockaddr *)&storage, &length) < 0) {
        int error = errno;
        close(descriptor);
        return -error;
    }
    *port = ntohs(storage.ss_family == AF_INET ? ((struct sockaddr_in *)&storage)->sin_port
                                               : ((struct sockaddr_in6 *)&storage)->sin6_port);
    return descriptor;
}

int clinux_tcp_accept(int listener) {
    int descriptor = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (descriptor < 0) return -errno;
    int yes = 1;
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    return descriptor;
}

int clinux_shutdown_write(int descriptor) { return shutdown(descriptor, SHUT_WR) < 0 ? -errno : 0; }

struct clinux_resolution {
    struct gaicb query;
    struct addrinfo hints;
    char name[256];
};

struct clinux_resolution *clinux_resolve_start(const char *name) {
    if (strlen(name) >= sizeof((struct clinux_resolution *)0)->name) return NULL;
    struct clinux_resolution *resolution = calloc(1, sizeof *resolution);
    if (!resolution) return NULL;
    strcpy(resolution->name, name);
    resolution->hints.ai_socktype = SOCK_STREAM;
    resolution->hints.ai_flags = AI_ADDRCONFIG;
    resolution->query.ar_name = resolution->name;
    resolution->query.ar_request = &resolution->hints;
    struct gaicb *queries[1] = {&resolution->query};
    if (getaddrinfo_a(GAI_NOWAIT, queries, 1, NULL) != 0) {
        free(resolution);
        return NULL;
    }
    return resolution;
}

int clinux_resolve_done(struct clinux_resolution *resolution) { return gai_error(&resolution->query) != EAI_INPROGRESS; }

int clinux_resolve_take(struct clinux_resolution *resolution, struct clinux_address *addresses, int capacity) {
    int error = gai_error(&resolution->query);
    if (error) return -1;
    int count = 0;
    for (struct addrinfo *found = resolution->query.ar_result; found && count < capacity; found = found->ai_next) {
        struct clinux_address *address = &addresses[count];
        memset(address, 0, sizeof *address);
        if (found->ai_family == AF_INET) {
            address->length = 4;
            memcpy(address->bytes, &((struct sockaddr_in *)found->ai_addr)->sin_addr, 4);
        } else if (found->ai_family == AF_INET6) {
            address->length = 16;
            memcpy(address->bytes, &((struct sockaddr_in6 *)found->ai_addr)->sin6_addr, 16);
        } else {
            continue;
        }
        count++;
    }
    return count;
}

int clinux_resolve_release(struct clinux_resolution *resolution) {
    if (gai_error(&resolution->query) == EAI_INPROGRESS) {
        gai_cancel(&resolution->query);
        if (gai_error(&resolution->query) == EAI_INPROGRESS) return 0;
    }
    if (resolution->query.ar_result) freeaddrinfo(resolution->query.ar_result);
    free(resolution);
    return 1;
}

#include "clinux_media.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "clinux_event.h"

static socklen_t to_socket_address(const struct clinux_address *address, struct sockaddr_storage *storage) {
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

static void from_socket_address(const struct sockaddr_storage *storage, struct clinux_address *address) {
    memset(address, 0, sizeof *address);
    if (storage->ss_family == AF_INET) {
        const struct sockaddr_in *v4 = (const struct sockaddr_in *)storage;
        address->length = 4;
        address->port = ntohs(v4->sin_port);
        memcpy(address->bytes, &v4->sin_addr, 4);
    } else if (storage->ss_family == AF_INET6) {
        const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)storage;
        address->length = 16;
        address->port = ntohs(v6->sin6_port);
        memcpy(address->bytes, &v6->sin6_addr, 16);
    }
}

int clinux_media_bind(const struct clinux_address *local, int receive_buffer, int dscp) {
    if (local->length != 4 && local->length != 16) return -EINVAL;
    int family = local->length == 4 ? AF_INET : AF_INET6;
    int descriptor = socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return -errno;

    int on = 1;
    int off = 0;
    int traffic_class = dscp << 2;
    struct sockaddr_storage storage;
    socklen_t length = to_socket_address(local, &storage);
    if (family == AF_INET6 && setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off) < 0) goto failed;
    if (setsockopt(descriptor, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on) < 0) goto failed;
    // Best effort: a kernel limit on the buffer or a container that forbids the class is no reason to refuse a call.
    (void)setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    if (family == AF_INET) {
        (void)setsockopt(descriptor, IPPROTO_IP, IP_TOS, &traffic_class, sizeof traffic_class);
    } else {
        (void)setsockopt(descriptor, IPPROTO_IPV6, IPV6_TCLASS, &traffic_class, sizeof traffic_class);
    }
    if (bind(descriptor, (struct sockaddr *)&storage, length) < 0) goto failed;
    return descriptor;

failed: {
    int error = errno;
    close(descriptor);
    return -error;
}
}

int clinux_media_port(int descriptor) {
    struct sockaddr_storage storage;
    socklen_t length = sizeof storage;
    if (getsockname(descriptor, (struct sockaddr *)&storage, &length) < 0) return -errno;
    struct clinux_address address;
    from_socket_address(&storage, &address);
    return address.port;
}

static int64_t nanoseconds(const struct timespec *time) {
    return (int64_t)time->tv_sec * 1000000000 + time->tv_nsec;
}

// The kernel stamps with CLOCK_REALTIME. What counts is the packet's age, which a step of that clock could spoil: an age
// outside 0..1 s is taken as none.
static int64_t arrival(struct msghdr *header, int64_t monotonic, int64_t realtime) {
    for (struct cmsghdr *control = CMSG_FIRSTHDR(header); control; control = CMSG_NXTHDR(header, control)) {
        if (control->cmsg_level != SOL_SOCKET || control->cmsg_type != SCM_TIMESTAMPNS) continue;
        struct timespec stamp;
        memcpy(&stamp, CMSG_DATA(control), sizeof stamp);
        int64_t age = realtime - nanoseconds(&stamp);
        return age >= 0 && age <= 1000000000 ? monotonic - age : monotonic;
    }
    return monotonic;
}

int clinux_media_receive(int descriptor, struct clinux_datagram *datagrams, int count, uint8_t *buffer, int slot) {
    struct mmsghdr messages[CLINUX_MEDIA_BATCH];
    struct iovec vectors[CLINUX_MEDIA_BATCH];
    struct sockaddr_storage sources[CLINUX_MEDIA_BATCH];
    union {
        struct cmsghdr alignment;
        char bytes[CMSG_SPACE(sizeof(struct timespec))];
    } controls[CLINUX_MEDIA_BATCH];

    if (count < 1 || slot < 1) return -EINVAL;
    if (count > CLINUX_MEDIA_BATCH) count = CLINUX_MEDIA_BATCH;
    for (int i = 0; i < count; i++) {
        vectors[i].iov_base = buffer + (int64_t)i * slot;
        vectors[i].iov_len = (size_t)slot;
        messages[i].msg_hdr = (struct msghdr){
            .msg_name = &sources[i],
            .msg_namelen = sizeof sources[i],
            .msg_iov = &vectors[i],
            .msg_iovlen = 1,
            .msg_control = &controls[i],
            .msg_controllen = sizeof controls[i],
        };
        messages[i].msg_len = 0;
    }
    int received;
    do {
        received = recvmmsg(descriptor, messages, (unsigned)count, MSG_DONTWAIT, NULL);
    } while (received < 0 && errno == EINTR);
    if (received < 0) return errno == EAGAIN || errno == EWOULDBLOCK ? 0 : -errno;

    int64_t monotonic = clinux_monotonic_now();
    int64_t realtime = clinux_realtime_now();
    for (int i = 0; i < received; i++) {
        from_socket_address(&sources[i], &datagrams[i].source);
        datagrams[i].length = (int32_t)messages[i].msg_len;
        datagrams[i].is_truncated = (messages[i].msg_hdr.msg_flags & MSG_TRUNC) != 0;
        datagrams[i].arrival_ns = arrival(&messages[i].msg_hdr, monotonic, realtime);
    }
    return received;
}

int clinux_media_send(int descriptor, const uint8_t *bytes, int length, const struct clinux_address *destination) {
    struct sockaddr_storage storage;
    socklen_t storage_length = to_socket_address(destination, &storage);
    ssize_t sent;
    do {
        sent = sendto(
            descriptor, bytes, (size_t)length, MSG_DONTWAIT | MSG_NOSIGNAL, (struct sockaddr *)&storage,
            storage_length);
    } while (sent < 0 && errno == EINTR);
    return sent < 0 ? -errno : (int)sent;
}

int clinux_address_in_use(void) { return EADDRINUSE; }

int clinux_too_many_descriptors(int error) {
    return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

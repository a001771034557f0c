import Addressing
import CCares

/// The one owner of a c-ares channel. Confined to the thread that made it.
///
/// c-ares opens its own sockets and reports through `SocketWatch` which of them it waits for; the owner calls `process`
/// for each that is ready, and `processTimeouts` when `millisecondsLeft` have passed.
@safe struct AresChannel: ~Copyable {
    private let pointer: ares_channel
    /// c-ares refers to it by a bare pointer.
    private let watch: SocketWatch

    init(_ configuration: ResolverConfiguration, watch: SocketWatch) throws(DNSError) {
        let servers = configuration.servers.map(\.description).joined(separator: ",")
        let timeout =
            Int32(clamping: configuration.tryTimeout.components.seconds * 1_000)
            + Int32(configuration.tryTimeout.components.attoseconds / 1_000_000_000_000_000)
        // Safe: c-ares copies the list of servers; the watch is kept until the channel is closed.
        let opened = unsafe ccares_open(
            timeout, Int32(configuration.tries), servers.isEmpty ? nil : servers, socketChanged,
            Unmanaged.passUnretained(watch).toOpaque())
        guard let opened = unsafe opened else { throw .unavailable(reason: "the resolver cannot start") }
        unsafe self.pointer = opened
        self.watch = watch
    }

    deinit {
        // Safe: the only owner. Open questions are answered with ARES_EDESTRUCTION here.
        unsafe ccares_close(self.pointer)
    }

    /// Asks; `completion` is called once, from `process`, `processTimeouts`, `deinit` or here.
    borrowing func ask(_ question: DNSQuestion, _ completion: @escaping (Result<DNSAnswer, DNSError>) -> Void) {
        // Safe: each callback is called exactly once and takes back the reference that is passed here.
        let context = unsafe Unmanaged.passRetained(OpenQuestion(question.kind, completion)).toOpaque()
        switch question.kind {
        case .addresses:
            unsafe ccares_addresses(self.pointer, question.name, addressesFound, context)
        case .services:
            unsafe ares_query(
                self.pointer, question.name, Int32(CCARES_CLASS_IN), Int32(CCARES_TYPE_SRV), messageFound, context)
        case .namingAuthorities:
            unsafe ares_query(
                self.pointer, question.name, Int32(CCARES_CLASS_IN), Int32(CCARES_TYPE_NAPTR), messageFound, context)
        }
    }

    borrowing func process(_ descriptor: Int32, readable: Bool, writable: Bool) {
        let none = Int32(CCARES_NO_SOCKET)
        // Safe: the channel is alive as long as this value; a descriptor that it no longer has is ignored.
        unsafe ares_process_fd(self.pointer, readable ? descriptor : none, writable ? descriptor : none)
    }

    borrowing func processTimeouts() {
        self.process(Int32(CCARES_NO_SOCKET), readable: false, writable: false)
    }

    /// Nil when nothing is awaited.
    var millisecondsLeft: Int? {
        // Safe: the channel is alive as long as this value.
        let left = unsafe ccares_milliseconds_left(self.pointer)
        return left < 0 ? nil : left
    }
}

/// Told which sockets c-ares waits for, within the calls of `AresChannel`.
final class SocketWatch {
    private let changed: (_ descriptor: Int32, _ readable: Bool, _ writable: Bool) -> Void

    init(_ changed: @escaping (_ descriptor: Int32, _ readable: Bool, _ writable: Bool) -> Void) {
        self.changed = changed
    }

    fileprivate func note(_ descriptor: Int32, _ readable: Bool, _ writable: Bool) {
        self.changed(descriptor, readable, writable)
    }
}

private final class OpenQuestion {
    let kind: DNSQuestion.Kind
    let completion: (Result<DNSAnswer, DNSError>) -> Void

    init(_ kind: DNSQuestion.Kind, _ completion: @escaping (Result<DNSAnswer, DNSError>) -> Void) {
        self.kind = kind
        self.completion = completion
    }

    /// Takes over the reference that `ask` made.
    @unsafe static func take(_ context: UnsafeMutableRawPointer?) -> OpenQuestion? {
        guard let context = unsafe context else { return nil }
        return unsafe Unmanaged<OpenQuestion>.fromOpaque(context).takeRetainedValue()
    }
}

private let socketChanged: @convention(c) (UnsafeMutableRawPointer?, Int32, Int32, Int32) -> Void = {
    context, descriptor, readable, writable in
    // Safe: the channel's owner keeps the watch alive.
    guard let context = unsafe context else { return }
    let watch = unsafe Unmanaged<SocketWatch>.fromOpaque(context).takeUnretainedValue()
    watch.note(descriptor, readable != 0, writable != 0)
}

private let addressesFound:
    @convention(c) (UnsafeMutableRawPointer?, Int32, Int32, UnsafeMutablePointer<ares_addrinfo>?) -> Void = {
        context, status, _, list in
        defer { unsafe ares_freeaddrinfo(list) }
        // Safe: the context is the question's own; every node lives until the list is freed, and is copied.
        guard let question = unsafe OpenQuestion.take(context) else { return }
        guard status == ARES_SUCCESS else { return question.completion(.failure(DNSError(status: status))) }
        var addresses: [IPAddress] = []
        var lifetime = Int32.max
        var next = unsafe list?.pointee.nodes
        while let node = unsafe next, addresses.count < DNSAnswer.recordsMax {
            if let address = unsafe IPAddress(node), !addresses.contains(address) {
                addresses.append(address)
                lifetime = unsafe min(lifetime, max(0, node.pointee.ai_ttl))
            }
            unsafe next = node.pointee.ai_next
        }
        guard !addresses.isEmpty else {
            return question.completion(.failure(.notFound(reason: "there is no address record")))
        }
        question.completion(.success(DNSAnswer(.addresses(addresses), lifetime: .seconds(Int64(lifetime)))))
    }

private let messageFound:
    @convention(c) (UnsafeMutableRawPointer?, Int32, Int32, UnsafeMutablePointer<UInt8>?, Int32) -> Void = {
        context, status, _, message, length in
        // Safe: the context is the question's own; the message lives during the call, and the parsers copy.
        guard let question = unsafe OpenQuestion.take(context) else { return }
        guard status == ARES_SUCCESS, let message = unsafe message else {
            return question.completion(.failure(DNSError(status: status)))
        }
        let lifetime = unsafe Duration.seconds(max(0, ccares_least_ttl(message, length)))
        switch question.kind {
        case .services:
            let records = unsafe AresReplies.services(message, length)
            question.completion(records.map { DNSAnswer(.services($0), lifetime: lifetime) })
        case .namingAuthorities:
            let records = unsafe AresReplies.namingAuthorities(message, length)
            question.completion(records.map { DNSAnswer(.namingAuthorities($0), lifetime: lifetime) })
        case .addresses:
            preconditionFailure("addresses come by another callback")
        }
    }

extension IPAddress {
    /// Nil for an address that needs more than its octets to be reached, such as a link-local one.
    @unsafe fileprivate init?(_ node: UnsafePointer<ares_addrinfo_node>) {
        var octets = [UInt8](repeating: 0, count: 16)
        // Safe: at most 16 octets are written.
        let count = unsafe octets.withUnsafeMutableBufferPointer { unsafe ccares_octets(node, $0.baseAddress) }
        let value = { (octets: ArraySlice<UInt8>) in octets.reduce(UInt64(0)) { $0 << 8 | UInt64($1) } }
        switch count {
        case 4:
            self = .v4(UInt32(truncatingIfNeeded: value(octets[..<4])))
        case 16:
            guard octets[0] != 0xFE || octets[1] & 0xC0 != 0x80 else { return nil }
            self = IPAddress.v6(high: value(octets[..<8]), low: value(octets[8...])).unmapped
        default:
            return nil
        }
    }
}

extension DNSError {
    /// What c-ares says: names and records that do not exist apart from servers that fail.
    init(status: Int32) {
        // Safe: c-ares returns a constant string for every number.
        let reason = unsafe String(cString: ares_strerror(status))
        switch status {
        case ARES_ENODATA, ARES_ENOTFOUND, ARES_ENONAME, ARES_EBADNAME: self = .notFound(reason: reason)
        default: self = .unavailable(reason: reason)
        }
    }
}

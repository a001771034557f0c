import Addressing
import Glibc
import NIOCore
import NIOPosix
import SIPSyntax

/// Finds the addresses of a peer's host: none are looked up for an address or an overridden name (RFC 3263 section 4.2).
///
/// The system's resolver blocks, so it runs on NIO's threads for blocking work. Answers are kept for half a minute, in
/// which the messages of one call find their peer without another look-up. Confined to its event loop.
final class ServerLocator {
    private let overrides: [HostName: IPAddress]
    private let timeout: Duration
    private let eventLoop: any EventLoop
    private var answers: [HostName: (addresses: [IPAddress], until: NIODeadline)] = [:]
    /// Look-ups under way: who asks for the same name waits for the same answer, in the order of asking.
    private var pending: [HostName: EventLoopFuture<[IPAddress]>] = [:]

    init(_ configuration: TransportConfiguration, eventLoop: any EventLoop) {
        self.overrides = configuration.addressOverrides
        self.timeout = configuration.lookupTimeout
        self.eventLoop = eventLoop
    }

    /// At least one address, in the resolver's order of preference, or a `TransportError`.
    func addresses(of host: Host) -> EventLoopFuture<[IPAddress]> {
        switch host {
        case .ip(let address):
            return self.eventLoop.makeSucceededFuture([address])
        case .name(let name):
            if let address = self.overrides[name] { return self.eventLoop.makeSucceededFuture([address]) }
            if let answer = self.answers[name], answer.until > .now() {
                return self.eventLoop.makeSucceededFuture(answer.addresses)
            }
            return self.pending[name] ?? self.lookUp(name)
        }
    }

    private func lookUp(_ name: HostName) -> EventLoopFuture<[IPAddress]> {
        let promise = self.eventLoop.makePromise(of: [IPAddress].self)
        self.pending[name] = promise.futureResult
        let timer = self.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(self.timeout)) {
            self.pending[name] = nil
            promise.fail(TransportError.lookupTimedOut(name))
        }
        NIOThreadPool.singleton.runIfActive(eventLoop: self.eventLoop) {
            try Self.systemAddresses(of: name)
        }.assumeIsolated().whenComplete { result in
            if case .success(let addresses) = result { self.keep(addresses, of: name) }
            // After the time-out the promise is done, and a later look-up may be under way.
            guard self.pending[name] === promise.futureResult else { return }
            timer.cancel()
            self.pending[name] = nil
            promise.completeWith(result)
        }
        return promise.futureResult
    }

    private func keep(_ addresses: [IPAddress], of name: HostName) {
        if self.answers.count >= Self.answersMax { self.answers.removeAll() }
        self.answers[name] = (addresses, .now() + Self.answerLifetime)
    }

    private static func systemAddresses(of name: HostName) throws(TransportError) -> [IPAddress] {
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        unsafe hints.ai_flags = AI_ADDRCONFIG
        var list: UnsafeMutablePointer<addrinfo>?
        // Safe: getaddrinfo copies the name and the hints, and returns a list that is freed below.
        let status = unsafe getaddrinfo(name.text, nil, &hints, &list)
        guard status == 0 else {
            throw .nameNotFound(name, reason: unsafe String(cString: gai_strerror(status)))
        }
        defer { unsafe freeaddrinfo(list) }
        var addresses: [IPAddress] = []
        var next = unsafe list
        // Safe: each entry lives until the list is freed, and its address is copied.
        while let entry = unsafe next, addresses.count < Self.addressesMax {
            let address = unsafe Self.address(of: entry.pointee)
            if let address, !addresses.contains(address) { addresses.append(address) }
            unsafe next = entry.pointee.ai_next
        }
        guard !addresses.isEmpty else { throw .nameNotFound(name, reason: "there is no address record") }
        return addresses
    }

    /// Nil for an address that needs more than its octets to be reached, such as a link-local one.
    private static func address(of entry: addrinfo) -> IPAddress? {
        // Safe: getnameinfo writes at most the buffer's count, its final NUL included.
        let text = unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(NI_MAXHOST)) {
            buffer -> String? in
            let status = unsafe getnameinfo(
                entry.ai_addr, entry.ai_addrlen, buffer.baseAddress, socklen_t(buffer.count), nil, 0, NI_NUMERICHOST)
            guard status == 0, let start = buffer.baseAddress else { return nil }
            return unsafe String(cString: start)
        }
        return text.flatMap { IPAddress($0)?.unmapped }
    }

    private static let answersMax = 256
    private static let answerLifetime: TimeAmount = .seconds(30)
    private static let addressesMax = 8
}

extension TransportError {
    /// A host whose addresses could not be found.
    init(locating error: any Error) {
        self = error as? TransportError ?? .closed
    }
}

import Addressing
import NIOCore
import NIOPosix
import SIPTransport
import Synchronization

/// A small DNS server on loopback, over UDP and TCP on one port, that says what a test has written down.
final class NameServer: Sendable {
    enum Kind: UInt16, Hashable, Sendable {
        case a = 1
        case cname = 5
        case aaaa = 28
        case srv = 33
        case naptr = 35
    }

    struct Record: Hashable, Sendable {
        let kind: Kind
        let ttl: UInt32
        let data: [UInt8]
        /// Whose record it is, when not the question's.
        var owner: String?
    }

    enum Reply: Hashable, Sendable {
        case records([Record])
        case serverFailure
        /// Says nothing.
        case silence
        /// Over UDP only that the answer is too long; over TCP the records.
        case truncated([Record])
        /// Octets that are no DNS message.
        case junk
    }

    struct Question: Hashable, Sendable {
        let name: String
        let kind: UInt16
    }

    private struct State {
        var replies: [Question: Reply] = [:]
        var asked: [Question] = []
        var askedOverTCP: [Question] = []
    }

    private let state = Mutex(State())
    private let channels = Mutex<[any Channel]>([])
    let address: TransportAddress

    private init(_ address: TransportAddress) {
        self.address = address
    }

    static func start() async throws -> NameServer {
        let loops = TransportPeer.loops
        // The same port for both: TCP decides.
        let box = Mutex<NameServer?>(nil)
        let listener = try await ServerBootstrap(group: loops)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard let server = box.withLock({ $0 }) else { return }
                    try channel.pipeline.syncOperations.addHandler(StreamResponder(server))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let port = UInt16(listener.localAddress?.port ?? 0)
        let server = NameServer(TransportAddress(.loopback, port: port))
        box.withLock { $0 = server }
        let socket = try await DatagramBootstrap(group: loops)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(DatagramResponder(server))
                }
            }
            .bind(host: "127.0.0.1", port: Int(port)).get()
        server.channels.withLock { $0 = [listener, socket] }
        return server
    }

    func stop() async {
        for channel in self.channels.withLock({ $0 }) { try? await channel.close() }
    }

    func set(_ kind: Kind, _ name: String, _ reply: Reply) {
        self.state.withLock { $0.replies[Question(name: name, kind: kind.rawValue)] = reply }
    }

    func set(_ name: String, _ records: Record...) {
        for kind in Set(records.map(\.kind)) { self.set(kind, name, .records(records.filter { $0.kind == kind })) }
    }

    /// How often a question came.
    func count(_ kind: Kind, _ name: String) -> Int {
        self.state.withLock { $0.asked.count { $0 == Question(name: name, kind: kind.rawValue) } }
    }

    func countOverTCP(_ kind: Kind, _ name: String) -> Int {
        self.state.withLock { $0.askedOverTCP.count { $0 == Question(name: name, kind: kind.rawValue) } }
    }

    /// Nil for silence.
    fileprivate func answer(to query: [UInt8], overTCP: Bool) -> [UInt8]? {
        guard let (question, end) = Self.question(of: query) else { return nil }
        let reply = self.state.withLock { state -> Reply? in
            state.asked.append(question)
            if overTCP { state.askedOverTCP.append(question) }
            // A name with any record exists: another kind has no data, which is no error (RFC 2308 section 2.2).
            if let reply = state.replies[question] { return reply }
            return state.replies.keys.contains { $0.name == question.name } ? Reply.records([]) : nil
        }
        let head = Array(query[0..<2])
        let body = Array(query[12..<end])
        switch reply {
        case .silence?: return nil
        case .junk?: return head + [0xFF, 0xFF, 0xFF]
        case .serverFailure?: return head + [0x81, 0x82, 0, 1, 0, 0, 0, 0, 0, 0] + body
        case .truncated? where !overTCP: return head + [0x83, 0x80, 0, 1, 0, 0, 0, 0, 0, 0] + body
        case .records(let records)?, .truncated(let records)?:
            return head + [0x81, 0x80, 0, 1, 0, UInt8(records.count), 0, 0, 0, 0] + body
                + records.flatMap { Self.encoded($0, of: question.name) }
        case nil: return head + [0x81, 0x83, 0, 1, 0, 0, 0, 0, 0, 0] + body
        }
    }

    private static func question(of query: [UInt8]) -> (Question, end: Int)? {
        guard query.count > 12 else { return nil }
        var labels: [String] = []
        var index = 12
        while index < query.count, query[index] != 0 {
            let end = index + 1 + Int(query[index])
            guard end < query.count else { return nil }
            labels.append(String(decoding: query[(index + 1)..<end], as: UTF8.self))
            index = end
        }
        guard index + 5 <= query.count else { return nil }
        let kind = UInt16(query[index + 1]) << 8 | UInt16(query[index + 2])
        return (Question(name: labels.joined(separator: ".").lowercased(), kind: kind), index + 5)
    }

    private static func encoded(_ record: Record, of name: String) -> [UInt8] {
        let data = record.data
        return Self.encoded(name: record.owner ?? name) + Self.octets(record.kind.rawValue) + [0, 1]
            + [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: record.ttl >> $0) } + Self.octets(UInt16(data.count))
            + data
    }

    fileprivate static func encoded(name: String) -> [UInt8] {
        name.split(separator: ".").flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) } + [0]
    }

    fileprivate static func octets(_ value: UInt16) -> [UInt8] {
        [UInt8(value >> 8), UInt8(truncatingIfNeeded: value)]
    }
}

extension NameServer.Record {
    static func a(_ text: String, ttl: UInt32 = 60) -> Self {
        Self(kind: .a, ttl: ttl, data: text.split(separator: ".").compactMap { UInt8($0) })
    }

    /// `::1`.
    static func ipv6Loopback(ttl: UInt32 = 60) -> Self {
        Self(kind: .aaaa, ttl: ttl, data: [UInt8](repeating: 0, count: 15) + [1])
    }

    static func cname(_ owner: String, _ target: String) -> Self {
        Self(kind: .cname, ttl: 60, data: NameServer.encoded(name: target), owner: owner)
    }

    static func srv(_ priority: UInt16, _ weight: UInt16, _ port: UInt16, _ target: String, ttl: UInt32 = 60) -> Self {
        let numbers = [priority, weight, port].flatMap(NameServer.octets)
        return Self(kind: .srv, ttl: ttl, data: numbers + NameServer.encoded(name: target))
    }

    static func naptr(_ order: UInt16, _ preference: UInt16, _ service: String, _ replacement: String) -> Self {
        let texts = ["s", service, ""].flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) }
        return Self(
            kind: .naptr, ttl: 60,
            data: NameServer.octets(order) + NameServer.octets(preference) + texts
                + NameServer.encoded(name: replacement)
        )
    }
}

private final class DatagramResponder: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>
    private let server: NameServer

    init(_ server: NameServer) {
        self.server = server
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let envelope = self.unwrapInboundIn(data)
        guard let answer = self.server.answer(to: Array(envelope.data.readableBytesView), overTCP: false) else {
            return
        }
        context.channel.writeAndFlush(
            AddressedEnvelope(remoteAddress: envelope.remoteAddress, data: ByteBuffer(bytes: answer)), promise: nil)
    }
}

/// RFC 1035 section 4.2.2: each message behind its length.
private final class StreamResponder: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    private let server: NameServer
    private var received: [UInt8] = []

    init(_ server: NameServer) {
        self.server = server
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.received += self.unwrapInboundIn(data).readableBytesView
        while self.received.count >= 2, case let length = Int(self.received[0]) << 8 | Int(self.received[1]),
            self.received.count >= 2 + length
        {
            let query = Array(self.received[2..<(2 + length)])
            self.received.removeFirst(2 + length)
            guard let answer = self.server.answer(to: query, overTCP: true) else { continue }
            context.channel.writeAndFlush(
                ByteBuffer(bytes: NameServer.octets(UInt16(answer.count)) + answer), promise: nil)
        }
    }
}

import Addressing
import SIPSyntax
import SIPUserAgent
import Timekeeping

/// A user agent core that hears a whole stream of messages, readable or not: it never stumbles, each of its answers can
/// be read, and when all deadlines are over nothing is left.
enum SIPCoreTarget {
    static func check(_ bytes: [UInt8]) {
        var configuration = UserAgentConfiguration()
        configuration.sessionsMax = 16
        configuration.transactionsMax = 64
        var core = UserAgentCore(configuration: configuration, random: FixedNumbers(state: 7))
        var now = Instant.origin
        for datagram in Self.datagrams(in: bytes).prefix(32) {
            now = now + .milliseconds(100)
            let actions: [UserAgentAction]
            do throws(MalformedMessage) {
                actions = core.receive(try MessageParser.parse(datagram), from: Self.path, at: now)
            } catch {
                guard let request = error.request else { continue }
                actions = core.receiveMalformed(request, from: Self.path)
            }
            Self.carryOut(actions, on: &core, at: now)
        }
        require(core.counts.sessions <= 16 && core.counts.transactions <= 64, "the core keeps to its limits")
        var steps = 0
        while let deadline = core.deadline, steps < 10_000 {
            now = max(now, deadline)
            Self.carryOut(core.handleTimeout(at: now), on: &core, at: now)
            steps += 1
        }
        require(
            core.counts == UserAgentCounts(transactions: 0, dialogs: 0, sessions: 0), "nothing is left: \(core.counts)")
    }

    /// Answers a call on its first event; every message that goes out must be readable, unless it echoes what was not.
    private static func carryOut(_ actions: [UserAgentAction], on core: inout UserAgentCore, at now: Instant) {
        for action in actions {
            switch action {
            case .send(let bytes, let message, _):
                require(bytes == message.encoded(), "what is sent is what is said")
                if case .response(let response) = message, response.status == .badRequest { continue }
                _ = try? MessageParser.parse(bytes)
            case .event(let id, .incoming):
                Self.carryOut(core.answer(id, sdp: Array("v=0\r\n".utf8), at: now), on: &core, at: now)
            case .event(let id, .offerReceived):
                Self.carryOut(core.acceptOffer(id, sdp: Array("v=0\r\n".utf8), at: now), on: &core, at: now)
            case .event, .outcome, .registration:
                break
            }
        }
    }

    /// Messages lie between lines of one `%`.
    private static func datagrams(in bytes: [UInt8]) -> [[UInt8]] {
        var datagrams: [[UInt8]] = [[]]
        for line in bytes.split(separator: 0x0A, omittingEmptySubsequences: false) {
            if line == [UInt8(ascii: "%")] {
                datagrams.append([])
            } else {
                datagrams[datagrams.count - 1] += line + [0x0A]
            }
        }
        return datagrams
    }

    private static let path = TransportPath(
        transport: .udp, local: TransportAddress(.loopback, port: 5060), remote: TransportAddress(.loopback, port: 5070)
    )
}

/// The same numbers in every run, so that a finding can be repeated.
struct FixedNumbers: RandomNumberGenerator, Sendable {
    var state: UInt64

    mutating func next() -> UInt64 {
        self.state = self.state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return self.state
    }
}

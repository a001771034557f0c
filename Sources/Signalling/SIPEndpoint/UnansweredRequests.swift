import SIPSyntax
import Timekeeping

/// Requests that went out on a stream and have no answer yet, by the connection that took them.
///
/// The core learns from a lost connection only what it knows about it: the way of a request that opened the connection it
/// does not. Such a request fails at once with its connection instead of after 64·T1. Retransmissions are no use on a
/// stream, so what is older than 64·T1 is forgotten. At most `countMax` are noted; the timer of its transaction ends one
/// more. Sans-IO.
package struct UnansweredRequests: Sendable {
    private struct Entry: Sendable {
        let request: Request
        let connection: ConnectionID
        let until: Instant
    }

    private var entries: [String: Entry] = [:]
    private var nextSweep = Instant.origin
    private let countMax: Int

    package init(countMax: Int) {
        self.countMax = countMax
    }

    /// Requests noted now, for gauges.
    package var count: Int { self.entries.count }

    /// ACK has no answer, and an answer in hand needs no watch.
    package mutating func note(_ request: Request, on connection: ConnectionID, at now: Instant) {
        guard request.method != .ack, let branch = (try? request.headers.topVia)?.branch else { return }
        self.sweep(at: now)
        let key = Self.key(branch, request.method)
        guard self.entries.count < self.countMax || self.entries[key] != nil else { return }
        self.entries[key] = Entry(request: request, connection: connection, until: now + Self.lifetime)
    }

    /// Any response, 100 included, shows that the request arrived.
    package mutating func answered(_ response: Response) {
        guard let branch = (try? response.headers.topVia)?.branch, let cSeq = try? response.headers.cSeq else { return }
        self.entries[Self.key(branch, cSeq.method)] = nil
    }

    /// The requests that went down with a connection, which are forgotten.
    package mutating func takeRequests(on connection: ConnectionID, at now: Instant) -> [Request] {
        let lost = self.entries.filter { $0.value.connection == connection && $0.value.until > now }
        self.entries = self.entries.filter { $0.value.connection != connection }
        return lost.values.map(\.request)
    }

    /// At most once a second, so that a burst of requests does not walk the table for each.
    private mutating func sweep(at now: Instant) {
        guard now >= self.nextSweep else { return }
        self.nextSweep = now + .seconds(1)
        self.entries = self.entries.filter { $0.value.until > now }
    }

    private static func key(_ branch: String, _ method: Method) -> String {
        "\(method.rawValue) \(branch)"
    }

    /// 64·T1.
    private static let lifetime: Duration = .seconds(32)
}

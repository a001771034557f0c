import Synchronization
import Timekeeping

/// Hands out pairs of ports: an even one for RTP and the odd one after it for RTCP (RFC 3550 section 11).
///
/// Goes round the range, so that a port comes back as late as can be; a returned pair rests for `rest` besides, because
/// the far end of its last call may still send to it. A pair that somebody else has bound is skipped: each pair of the
/// range is tried once before a call is refused.
package final class PortPool: Sendable {
    private struct State {
        var next: UInt16
        var taken: Set<UInt16> = []
        var resting: [UInt16: Instant] = [:]
    }

    private let state: Mutex<State>
    private let first: UInt16
    private let last: UInt16
    private let rest: Duration

    package init(_ range: ClosedRange<UInt16>, rest: Duration) throws(MediaPlaneError) {
        let first = Int(range.lowerBound) + Int(range.lowerBound & 1)
        let last = Int(range.upperBound) - 1 - Int(~range.upperBound & 1)
        guard first > 0, first <= last else { throw .portRangeUnusable(range) }
        self.first = UInt16(first)
        self.last = UInt16(last)
        self.rest = rest
        self.state = Mutex(State(next: UInt16(first)))
    }

    /// How many pairs a range holds.
    package static func pairCount(in range: ClosedRange<UInt16>) -> Int {
        let first = Int(range.lowerBound) + Int(range.lowerBound & 1)
        let last = Int(range.upperBound) - 1 - Int(~range.upperBound & 1)
        return first > 0 && first <= last ? (last - first) / 2 + 1 : 0
    }

    /// Pairs handed out and not returned.
    package var takenCount: Int { self.state.withLock { $0.taken.count } }

    /// Pairs that do not rest, whether handed out or free.
    package func awakeCount(at now: Instant) -> Int {
        self.state.withLock { state in
            state.resting = state.resting.filter { $0.value > now }
            return (Int(self.last) - Int(self.first)) / 2 + 1 - state.resting.count
        }
    }

    /// Finds a pair for which `bind` returns something; nil from `bind` means that someone else has it.
    package func take<Pair: ~Copyable>(
        at now: Instant, bind: (UInt16) throws(MediaPlaneError) -> Pair?
    ) throws(MediaPlaneError) -> TakenPorts<Pair> {
        let pairs = (Int(self.last) - Int(self.first)) / 2 + 1
        for _ in 0..<pairs {
            guard let port = self.reserve(at: now) else { break }
            do throws(MediaPlaneError) {
                if let pair = try bind(port) { return TakenPorts(port: port, pair: pair) }
            } catch {
                self.unreserve(port)
                throw error
            }
            self.unreserve(port)
        }
        throw .portsExhausted
    }

    /// Gives a pair back, whose sockets have been closed.
    package func release(_ port: UInt16, at now: Instant) {
        self.state.withLock { state in
            state.taken.remove(port)
            state.resting[port] = now + self.rest
        }
    }

    /// The next pair that is neither taken nor resting, marked as taken.
    private func reserve(at now: Instant) -> UInt16? {
        self.state.withLock { state in
            let pairs = (Int(self.last) - Int(self.first)) / 2 + 1
            for _ in 0..<pairs {
                let port = state.next
                state.next = port == self.last ? self.first : port + 2
                if state.taken.contains(port) { continue }
                if let until = state.resting[port] {
                    guard until <= now else { continue }
                    state.resting[port] = nil
                }
                state.taken.insert(port)
                return port
            }
            return nil
        }
    }

    private func unreserve(_ port: UInt16) {
        _ = self.state.withLock { $0.taken.remove(port) }
    }
}

/// A pair of ports and what was bound to them.
package struct TakenPorts<Pair: ~Copyable>: ~Copyable {
    /// The even one.
    package let port: UInt16
    package let pair: Pair
}

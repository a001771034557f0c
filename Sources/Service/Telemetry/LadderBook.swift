import SIPSyntax
import Synchronization
import Timekeeping

/// The ladders of the calls of late, by SIP Call-ID.
///
/// Holds `callsMax` ladders; the oldest goes when one more comes. Messages are noted on the endpoint's loop, ladders are
/// read from anywhere.
package final class LadderBook: Sendable {
    package static let callsMax = 2_000

    private struct Pages {
        var ladders: [String: SIPLadder] = [:]
        /// Call-IDs in order of their first message, as a ring.
        var order: [String] = []
        var oldest = 0
    }

    private let pages = Mutex(Pages())

    package init() {}

    package func note(_ message: SIPMessage, _ arrow: SIPLadder.Arrow, peer: String, at instant: Instant) {
        guard let callID = message.headers.first(.callID)?.description else { return }
        self.pages.withLock { pages in
            if pages.ladders[callID] == nil { Self.makeRoom(for: callID, in: &pages) }
            pages.ladders[callID, default: SIPLadder()].append(message, arrow, peer: peer, at: instant)
        }
    }

    package func ladder(ofCallID callID: String) -> SIPLadder? {
        self.pages.withLock { $0.ladders[callID] }
    }

    private static func makeRoom(for callID: String, in pages: inout Pages) {
        if pages.order.count < Self.callsMax {
            pages.order.append(callID)
            return
        }
        pages.ladders[pages.order[pages.oldest]] = nil
        pages.order[pages.oldest] = callID
        pages.oldest = (pages.oldest + 1) % Self.callsMax
    }
}

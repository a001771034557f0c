import SIPSyntax
import Synchronization
import Timekeeping

/// The ladders of the calls of late and their messages, by SIP Call-ID.
///
/// Bounded three ways: `callsMax` calls, `bytesMax` bytes over all calls, and `callBytesMax` bytes of messages for one; the
/// oldest call goes when there is no room. Messages are noted on the endpoint's loop and read from anywhere.
package final class LadderBook: Sendable {
    package static let callsMax = 2_000
    package static let bytesMax = 64 << 20
    /// What comes after it is in the ladder alone.
    package static let callBytesMax = 512 << 10
    /// What a rung takes, roughly.
    private static let rungBytes = 160

    private struct Page {
        var ladder = SIPLadder()
        var messages: [TracedMessage] = []
        var messageBytes = 0
        var bytes = 0

        /// Returns the bytes that it took.
        mutating func add(_ rung: SIPLadder.Rung, _ message: TracedMessage?) -> Int {
            var taken = self.ladder.append(rung) ? LadderBook.rungBytes : 0
            if let message, self.messageBytes + message.bytes.count <= LadderBook.callBytesMax {
                let index = self.messages.lastIndex { $0.instant <= message.instant }.map { $0 + 1 } ?? 0
                self.messages.insert(message, at: index)
                self.messageBytes += message.bytes.count
                taken += message.bytes.count + LadderBook.rungBytes
            }
            self.bytes += taken
            return taken
        }
    }

    private struct Pages {
        var pages: [String: Page] = [:]
        /// Call-IDs in order of their first message, from `oldest` on.
        var order: [String] = []
        var oldest = 0
        var bytes = 0
    }

    private let pages = Mutex(Pages())

    package init() {}

    /// Notes a message of the call that its Call-ID names.
    ///
    /// - Parameter wire: the message itself, where it went a way.
    package func note(
        _ message: SIPMessage, _ arrow: SIPLadder.Arrow, peer: String, at instant: Instant, wire: TracedMessage? = nil
    ) {
        guard let callID = message.headers.first(.callID)?.description else { return }
        self.note(SIPLadder.label(of: message), of: callID, arrow, peer: peer, at: instant, wire: wire)
    }

    /// Notes what could not be read as a message, but for its Call-ID.
    package func note(
        _ label: String, of callID: String, _ arrow: SIPLadder.Arrow, peer: String, at instant: Instant,
        wire: TracedMessage? = nil
    ) {
        self.pages.withLock { pages in
            if pages.pages[callID] == nil {
                pages.order.append(callID)
                pages.pages[callID] = Page()
            }
            let added =
                pages.pages[callID]?.add(SIPLadder.Rung(instant: instant, arrow: arrow, label: label, peer: peer), wire)
            pages.bytes += added ?? 0
            Self.makeRoom(in: &pages)
        }
    }

    package func ladder(ofCallID callID: String) -> SIPLadder? {
        self.pages.withLock { $0.pages[callID]?.ladder }
    }

    /// The call's messages in the order of their times.
    package func messages(ofCallID callID: String) -> [TracedMessage]? {
        self.pages.withLock { $0.pages[callID]?.messages }
    }

    /// Bytes held now.
    package var byteCount: Int { self.pages.withLock { $0.bytes } }

    private static func makeRoom(in pages: inout Pages) {
        while pages.pages.count > Self.callsMax || pages.bytes > Self.bytesMax, pages.oldest < pages.order.count {
            let page = pages.pages.removeValue(forKey: pages.order[pages.oldest])
            pages.bytes -= page?.bytes ?? 0
            pages.oldest += 1
        }
        // The order is cut when half of it is gone, so that a message costs little on the average.
        guard pages.oldest > Self.callsMax else { return }
        pages.order.removeFirst(pages.oldest)
        pages.oldest = 0
    }
}

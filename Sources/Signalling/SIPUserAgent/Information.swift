import SIPSyntax

/// An INFO to send within a call (RFC 6086, in the legacy way of RFC 2976 when it names no package).
package struct OutgoingInfo: Sendable {
    package var contentType: MediaType
    package var body: [UInt8]
    package var headers: [Headers.Field]

    package init(contentType: MediaType, body: [UInt8], headers: [Headers.Field] = []) {
        self.contentType = contentType
        self.body = body
        self.headers = headers
    }

    /// A digit as `application/dtmf-relay`.
    package init(_ digit: DTMFBody) {
        self.init(contentType: .dtmfRelay, body: digit.relayBody)
    }
}

/// An INFO of the peer; it has been answered 200.
package enum IncomingInfo: Sendable {
    case digit(DTMFBody)
    /// A body whose sender wants no refusal if it is not understood (`Content-Disposition: …;handling=optional`).
    case other(contentType: MediaType, body: [UInt8])
}

/// What became of one INFO of ours; they are told in the order of the commands.
package enum InfoOutcome: Sendable {
    case answered(Response)
    case timedOut
    case transportFailed
    /// The call is not established, or `InfoClient.waitingMax` wait already.
    case notSent
}

/// INFO requests of ours within one call: one on the way at a time, so that digits arrive in their order.
struct InfoClient: Sendable {
    private var isUnderWay = false
    private var waiting: [OutgoingInfo] = []

    /// INFOs that may wait for the one on the way.
    static let waitingMax = 32

    /// How many of ours have no outcome yet.
    var count: Int { self.waiting.count + (self.isUnderWay ? 1 : 0) }

    /// What to send now; nil when it waits. False when there is no room.
    mutating func submit(_ info: OutgoingInfo) -> (isTaken: Bool, sendNow: OutgoingInfo?) {
        guard self.isUnderWay else {
            self.isUnderWay = true
            return (true, info)
        }
        guard self.waiting.count < Self.waitingMax else { return (false, nil) }
        self.waiting.append(info)
        return (true, nil)
    }

    /// The one on the way is over; what to send next.
    mutating func done() -> OutgoingInfo? {
        guard !self.waiting.isEmpty else {
            self.isUnderWay = false
            return nil
        }
        return self.waiting.removeFirst()
    }
}

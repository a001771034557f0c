import SIPSyntax

/// Early media of one early dialog: a 101-199 to our INVITE has SDP. It is told right after its `provisional`.
package struct EarlyMedia: Sendable {
    /// The response's To tag: forks of one INVITE differ by it.
    package var dialogTag: String
    package var status: StatusCode
    package var sdp: [UInt8]
    /// Whether this SDP is the answer to our offer and binds: the response was reliable (RFC 3262 section 5). Other early
    /// SDP is a preview that the 2xx may change.
    package var isAnswer: Bool

    package init(dialogTag: String, status: StatusCode, sdp: [UInt8], isAnswer: Bool) {
        self.dialogTag = dialogTag
        self.status = status
        self.sdp = sdp
        self.isAnswer = isAnswer
    }
}

/// An offer of the peer's that came in a response of its own, because our request had none. The owner answers it with
/// `acknowledge`.
package struct OwedAnswer: Sendable {
    /// What the answer goes with.
    package enum Occasion: Hashable, Sendable {
        /// The 2xx to our INVITE: the call is answered, and its ACK waits for the owner. Told in place of `answered`.
        case call
        /// The 2xx to our `offer(_:sdp: nil)`: the ACK waits.
        case offerRequest
        /// A reliable provisional response to our INVITE: the PRACK waits.
        case provisional
    }

    package var occasion: Occasion
    package var response: Response
    package var offer: [UInt8]

    package init(occasion: Occasion, response: Response, offer: [UInt8]) {
        self.occasion = occasion
        self.response = response
        self.offer = offer
    }
}

/// What came of `offer` when the peer took it.
package struct AcceptedOffer: Sendable {
    /// What the peer has answered.
    package enum Occasion: Hashable, Sendable {
        case offer
        /// A session refresh, which repeats our last description, was answered otherwise than that. An offer of the
        /// owner's may wait still.
        case refresh
    }

    package var occasion: Occasion
    package var response: Response
    /// The SDP answer.
    package var answer: [UInt8]

    package init(occasion: Occasion, response: Response, answer: [UInt8]) {
        self.occasion = occasion
        self.response = response
        self.answer = answer
    }
}

/// What came of `offer` when the peer did not take it: the session goes on as it was (RFC 3261 section 14.1).
package enum OfferRefusal: Sendable {
    /// 300-699, but for 408 and 481, which end the call, and 491, which is tried again `glareRetriesMax` times.
    case refused(Response)
    /// The request did not get on its way: its connection broke or the tables are full.
    case notSent

    /// One sentence for a person.
    package var sentence: String {
        switch self {
        case .refused(let response): "The far end answered \(response.status) \(response.reason)."
        case .notSent: "The far end could not be asked."
        }
    }
}

import SIPSyntax

/// Why a session is over. There is one for each session.
package struct EndReason: Sendable {
    package enum Cause: Hashable, Sendable {
        /// The peer answered our INVITE with 300-699.
        case rejectedByPeer
        /// Our owner, or the core's setup limit, rejected the INVITE.
        case rejectedByUs
        case cancelledByPeer
        case cancelledByUs
        case hungUpByPeer
        case hungUpByUs
        /// No answer within the transaction's time.
        case timedOut
        /// The message could not be sent.
        case transportFailed
        /// Our 2xx, sent again and again for 64·T1, was never acknowledged.
        case ackMissing
        /// Another call took its place (RFC 3891), at the peer's wish.
        case replaced
        /// A reliable provisional of ours, sent again and again for 64·T1, was never acknowledged (RFC 3262 section 3).
        case prackMissing
        /// The peer answered 408 or 481 to a request of ours within the call, or nothing (RFC 3261 section 12.2.1.2).
        case dialogLost
        /// The peer answered 408 or 481 to our session refresh, or nothing (RFC 4028 section 10).
        case refreshFailed
        /// The peer refused our session refreshes until the interval ran out, and we hung up (RFC 4028 section 10).
        case refreshRefused
        /// The peer, whose turn it was, did not refresh the session in time, and we hung up (RFC 4028 section 10).
        case sessionExpired
        /// The 2xx to our INVITE has a Contact or Record-Route that cannot be read: no request would reach the peer.
        case answerUnreadable
    }

    /// Who brought the end about.
    package enum Party: Hashable, Sendable {
        case us
        case peer
        /// Silence or a broken connection.
        case network
    }

    package var cause: Cause
    /// The status that ended the call, theirs or ours; 408 for a time-out and 503 for a transport error
    /// (RFC 3261 section 8.1.3.1).
    package var status: StatusCode?
    /// The peer's final answer, whole: Retry-After, Warning and `X-Exotel-ErrorCode` are in its headers.
    package var response: Response?
    /// The peer's BYE or CANCEL, whole.
    package var request: Request?

    package init(cause: Cause, status: StatusCode? = nil, response: Response? = nil, request: Request? = nil) {
        self.cause = cause
        self.status = status
        self.response = response
        self.request = request
    }

    package var party: Party {
        switch self.cause {
        case .rejectedByPeer, .cancelledByPeer, .hungUpByPeer, .answerUnreadable, .replaced: .peer
        case .rejectedByUs, .cancelledByUs, .hungUpByUs, .refreshRefused, .sessionExpired: .us
        case .timedOut, .transportFailed, .ackMissing, .prackMissing, .dialogLost, .refreshFailed: .network
        }
    }

    /// The peer's `Reason` headers (RFC 3326) as they stood, such as `Q.850;cause=16;text="Normal"`.
    package var reasons: [HeaderValue] {
        self.request?.headers.all(.reason) ?? self.response?.headers.all(.reason) ?? []
    }

    /// One sentence for a person.
    package var sentence: String {
        let answer = self.response.map { "\($0.status) \($0.reason)" } ?? self.status.map { "\($0)" }
        return switch self.cause {
        case .rejectedByPeer: "The other side answered \(answer ?? "with a refusal")."
        case .rejectedByUs: "We answered \(answer ?? "with a refusal")."
        case .cancelledByPeer: "The caller gave up before the call was answered."
        case .cancelledByUs: "We gave up before the call was answered."
        case .hungUpByPeer: "The other side hung up."
        case .hungUpByUs: "We hung up."
        case .timedOut: "The other side did not answer in time."
        case .transportFailed: "The other side could not be reached."
        case .ackMissing: "The other side never acknowledged our answer."
        case .replaced: "The other side put another call in this one's place."
        case .prackMissing: "The other side never acknowledged our ringing."
        case .dialogLost: "The other side no longer knew the call."
        case .refreshFailed: "The other side did not take the refresh that keeps the call alive."
        case .refreshRefused: "The other side refused every refresh of the session until it ran out, so we hung up."
        case .sessionExpired: "The other side did not refresh the session before it ran out, so we hung up."
        case .answerUnreadable: "The other side's answer has no address that can be read."
        }
    }
}

extension EndReason.Cause {
    /// What a BYE of ours says when this, and no wish of the owner's, makes us hang up (RFC 3326).
    var release: [Headers.Field] {
        let (number, text): (UInt16, String) =
            switch self {
            case .refreshFailed, .refreshRefused, .sessionExpired: (102, "Session timer expired")
            case .replaced: (16, "Normal call clearing")
            case .rejectedByPeer, .rejectedByUs, .cancelledByPeer, .cancelledByUs, .hungUpByPeer, .hungUpByUs,
                .timedOut, .transportFailed, .ackMissing, .prackMissing, .dialogLost, .answerUnreadable:
                (41, "Temporary failure")
            }
        guard let reason = try? Reason(protocolName: Reason.q850, cause: number, text: text) else {
            preconditionFailure("the texts are ours and have no control characters")
        }
        return [Headers.Field(name: .reason, value: reason.headerValue)]
    }
}

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
        case .rejectedByPeer, .cancelledByPeer, .hungUpByPeer, .replaced: .peer
        case .rejectedByUs, .cancelledByUs, .hungUpByUs: .us
        case .timedOut, .transportFailed, .ackMissing: .network
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
        }
    }
}

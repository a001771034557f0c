import SIPSyntax
import SIPTransaction

/// What a user agent turned away since it began.
package struct UserAgentRefusals: Hashable, Sendable {
    /// Requests answered 503 without state, most of them INVITEs.
    package var overloaded: UInt64 = 0
    /// INVITEs of sources on no trunk, answered 403 without state.
    package var strangers: UInt64 = 0
    /// Requests for a dialog or an INVITE that came from elsewhere than its peer, answered 403; an ACK is dropped.
    package var foreignRequests: UInt64 = 0

    package init() {}
}

/// Answers that leave nothing behind (RFC 3261 section 8.2.7).
extension UserAgentCore {
    mutating func answerWithoutState(
        _ request: Request, _ head: RequestHead, _ source: RequestSource, _ verdict: CallGate.Verdict,
        to destination: Destination, into actions: inout [UserAgentAction]
    ) {
        let status: StatusCode
        var extra: [Headers.Field] = []
        if request.method == .options, source.standing == .known, self.takesCalls {
            // A carrier that asks whether we live is always told.
            status = .ok
            extra = Capabilities.fields(self.configuration.session)
        } else if verdict == .forbidden {
            status = .forbidden
            self.refusals.strangers += 1
        } else {
            status = .serviceUnavailable
            extra = [self.retryAfter]
            self.refusals.overloaded += 1
        }
        let tags = self.statelessTags ?? StatelessTags(key: self.identifiers.number())
        self.statelessTags = tags
        let response = self.responses.response(status, to: request, tag: tags.tag(for: head), extra: extra)
        actions.append(.send(response.encoded(), message: .response(response), to: destination))
    }

    /// Whether an INVITE would find room at this moment.
    var takesCalls: Bool {
        !self.isDraining && self.sessions.count < self.configuration.sessionsMax
    }
}

/// To tags that are the same for each retransmission of a request, of which nothing is kept (section 8.2.7).
struct StatelessTags: Sendable {
    let key: UInt64

    /// FNV-1a over what tells requests apart, begun with a key of this process.
    func tag(for head: RequestHead) -> Token {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325 ^ self.key
        for text in [head.via.branch ?? "", head.callID.text, head.from.tag ?? ""] {
            for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
            hash = (hash ^ 0xFF) &* 0x100_0000_01B3
        }
        return Token(hexadecimal: hash)
    }
}

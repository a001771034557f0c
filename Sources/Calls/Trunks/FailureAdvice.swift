import SIPSyntax

/// What an INVITE's failure means for the call, and what a person can do about it.
package struct FailureAdvice: Hashable, Sendable {
    package enum Action: Hashable, Sendable {
        /// Another point of presence may do better; the call goes on there, if there is one.
        case tryNextPointOfPresence
        /// The callee's answer: busy, declined, nobody there. Calling again later is the caller's business.
        case outcome
        /// The configuration, here or at the carrier, is wrong: every call would fail so.
        case configurationFault
        /// This call cannot work; another might.
        case giveUp
    }

    package let action: Action
    /// What happened: a whole sentence.
    package let sentence: String
    /// The likely fix: a whole sentence; nil where there is none.
    package let remedy: String?

    package var triesNext: Bool { self.action == .tryNextPointOfPresence }
    /// Whether the same call may do with a narrower offer: PCMA alone is what some carriers take.
    package static func narrowsOffer(_ status: StatusCode) -> Bool { status == .notAcceptableHere }

    /// No response in time, or no connection: treated as 408 and 503 (RFC 3261 section 8.1.3.1).
    package static let noResponse = FailureAdvice(
        .tryNextPointOfPresence, "The carrier did not respond.",
        "Check that your source address is on the trunk's allow-list and that no firewall drops the signalling.")
    package static let noConnection = FailureAdvice(
        .tryNextPointOfPresence, "The carrier could not be reached.",
        "Check the network, the DNS name of the point of presence, the port (TLS 443, TCP 5070) and its certificate.")

    /// The meaning of a final response that is no success.
    ///
    /// - Parameter carrierErrorCode: the value of `X-Exotel-ErrorCode`, if there is one.
    package init(_ status: StatusCode, carrierErrorCode: String? = nil) {
        let row = Self.rows[status.number] ?? Self.general(status)
        self.action = row.action
        self.sentence = row.sentence
        self.remedy = carrierErrorCode == "4001" ? Self.error4001 : row.remedy
    }

    init(_ action: Action, _ sentence: String, _ remedy: String? = nil) {
        self.action = action
        self.sentence = sentence
        self.remedy = remedy
    }

    private static func general(_ status: StatusCode) -> FailureAdvice {
        switch status.class {
        case .provisional, .success:
            preconditionFailure("only a failure has advice")
        case .redirection:
            FailureAdvice(
                .giveUp, "The carrier redirected the call (\(status)).", "Use the address that the carrier assigned.")
        case .requestFailure:
            FailureAdvice(.giveUp, "The carrier refused the call (\(status)).")
        case .serverFailure:
            FailureAdvice(.giveUp, "The carrier failed to handle the call (\(status)).")
        case .globalFailure:
            FailureAdvice(.outcome, "The call was refused everywhere (\(status)).")
        }
    }

    private static let error4001 =
        "Error 4001 is Exotel's refusal at the edge: check the source address on the trunk's allow-list, the account SID "
        + "in the From domain, that the number is mapped to the trunk, and that the caller id is E.164."
}

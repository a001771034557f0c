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

    private init(_ action: Action, _ sentence: String, _ remedy: String? = nil) {
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

    private static let rows: [Int: FailureAdvice] = [
        400: FailureAdvice(
            .configurationFault, "The carrier found the INVITE malformed (400).",
            "Look at the SIP ladder and the X-Exotel-ErrorCode; check custom headers and numbers."),
        401: FailureAdvice(
            .configurationFault, "The carrier wants a password (401).",
            "This gateway authenticates by its address: ask the carrier for IP authentication of the trunk."),
        403: FailureAdvice(
            .configurationFault, "The carrier does not allow the call (403).",
            "Check the source address on the trunk's allow-list, the account SID, and that the caller id is mapped."),
        404: FailureAdvice(
            .configurationFault, "The called number is invalid or mapped to no trunk (404).",
            "Check the number, and that the Exophone is mapped to the trunk in the mode that is configured."),
        407: FailureAdvice(
            .configurationFault, "The carrier's proxy wants a password (407).",
            "This gateway authenticates by its address: ask the carrier for IP authentication of the trunk."),
        408: FailureAdvice(
            .tryNextPointOfPresence, "The carrier had no answer in time (408).",
            "If it stays so, look for a firewall on the way and for stale DNS entries."),
        410: FailureAdvice(.outcome, "The called number is not active any more (410)."),
        415: FailureAdvice(
            .configurationFault, "The carrier does not take this kind of content (415).",
            "The INVITE must carry application/sdp with G.711; check custom headers."),
        429: FailureAdvice(
            .giveUp, "The carrier says that calls come too fast (429).", "Lower the trunk's pace."),
        480: FailureAdvice(.outcome, "The callee cannot be reached now (480).", "Call again later."),
        484: FailureAdvice(
            .configurationFault, "The carrier finds the number incomplete (484).", "Write numbers as E.164 with '+'."),
        486: FailureAdvice(.outcome, "The callee is busy (486)."),
        487: FailureAdvice(.outcome, "The call was cancelled (487)."),
        488: FailureAdvice(
            .configurationFault, "The carrier accepts none of the offered media (488).",
            "Offer PCMA first; with TLS the media must be SRTP, with TCP it must be plain RTP."),
        500: FailureAdvice(.tryNextPointOfPresence, "The carrier had an internal error (500)."),
        502: FailureAdvice(.tryNextPointOfPresence, "A gateway of the carrier failed (502)."),
        503: FailureAdvice(
            .tryNextPointOfPresence, "The carrier cannot take the call now (503).",
            "If it comes in bursts, lower the trunk's pace or ask the carrier for more calls a minute."),
        504: FailureAdvice(.tryNextPointOfPresence, "The carrier's next hop did not answer (504)."),
        580: FailureAdvice(
            .configurationFault, "The carrier could not set up the media (580).",
            "Check the external address and that the RTP ports are open towards the carrier's media addresses."),
        600: FailureAdvice(.outcome, "The callee is busy everywhere (600)."),
        603: FailureAdvice(.outcome, "The callee declined (603)."),
        604: FailureAdvice(.outcome, "The called number exists nowhere (604)."),
        606: FailureAdvice(
            .configurationFault, "The callee accepts none of the offered media (606).", "Offer PCMA first."),
    ]
}

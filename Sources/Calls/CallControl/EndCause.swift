/// Why a call ended: one cause, who brought it about, and words for a person.
///
/// A cause is decided once, at the moment the call begins to end, and never overwritten: what follows (a BYE that is not
/// answered, a bot that dies while being told to stop) is consequence.
package struct EndCause: Hashable, Sendable {
    package enum Party: String, Hashable, Sendable {
        /// The far end of the call: the person, flow or PBX behind the trunk.
        case remote
        /// The carrier or the network between it and us.
        case carrier
        case bot
        /// Somebody through the API or the command line.
        case operatorRequest = "operator"
        case gateway
    }

    package enum Kind: Hashable, Sendable {
        /// An established call was hung up.
        case hangup
        /// The callee or the carrier refused with a final response.
        case rejected
        /// Nobody answered before the ring deadline.
        case noAnswer
        /// The caller gave up before we answered.
        case cancelled
        /// No point of presence could be reached, or none answered in time.
        case unreachable
        /// The carrier wants a password, and took none of ours.
        case authentication
        /// The carrier sent the call from address to address, further than the trunk allows.
        case redirectLimit
        /// The call was neither answered nor refused within its hard limit.
        case setupLimit
        /// The far end was given to somebody else, and this gateway is out of it.
        case transferred
        /// The session was not refreshed in time (RFC 4028).
        case sessionExpired
        /// No codec, profile or key in common.
        case mediaNegotiation
        /// No RTP arrived for longer than the trunk allows.
        case mediaTimeout
        /// The bot could not be started, died, sent junk, or was not ready in time.
        case botFailure
        /// The call reached its hard maximum duration.
        case maximumDuration
        /// Calls, ports or descriptors ran out, or the waiting line is full.
        case capacity
        /// The gateway is being stopped.
        case shutdown
        /// The gateway was killed in mid-call; nobody saw the end.
        case interrupted
        /// A fault of ours.
        case internalFault
    }

    package let kind: Kind
    package let party: Party
    /// The SIP status that ended the call, where there was one.
    package let status: Int?
    /// The Q.850 cause of a Reason header (RFC 3326), where there was one.
    package let q850: Int?
    /// The peer's Reason headers, in order.
    package let reasons: [StatedReason]
    /// Response headers that start with `X-Exotel-`, as received.
    package let carrierHeaders: [CarrierHeader]
    /// One sentence that says what happened.
    package let sentence: String
    /// What to do about it, where something can be done.
    package let remedy: String?

    package init(
        _ kind: Kind, by party: Party, status: Int? = nil, q850: Int? = nil, reasons: [StatedReason] = [],
        carrierHeaders: [CarrierHeader] = [], sentence: String, remedy: String? = nil
    ) {
        self.kind = kind
        self.party = party
        self.status = status
        self.q850 = q850
        self.reasons = reasons
        self.carrierHeaders = carrierHeaders
        self.sentence = sentence
        self.remedy = remedy
    }
}

/// A `Reason` header of the peer (RFC 3326): why it ended the call, in its own words.
package struct StatedReason: Hashable, Sendable {
    /// `Q.850`, `SIP`, `X.int` or what else it wrote.
    package let protocolName: String
    package let cause: Int?
    package let text: String?

    package init(protocolName: String, cause: Int?, text: String?) {
        self.protocolName = protocolName
        self.cause = cause
        self.text = text
    }
}

/// A response header in which a carrier explains itself, such as `X-Exotel-ErrorCode: 4001`.
package struct CarrierHeader: Hashable, Sendable {
    package let name: String
    package let value: String

    package init(name: String, value: String) {
        self.name = name
        self.value = value
    }
}

extension EndCause.Kind {
    /// The word used in records, events and metrics.
    package var word: String {
        switch self {
        case .hangup: "hangup"
        case .rejected: "rejected"
        case .noAnswer: "no-answer"
        case .cancelled: "cancelled"
        case .unreachable: "unreachable"
        case .authentication: "authentication"
        case .redirectLimit: "redirect-limit"
        case .setupLimit: "setup-limit"
        case .transferred: "transferred"
        case .sessionExpired: "session-expired"
        case .mediaNegotiation: "media-negotiation"
        case .mediaTimeout: "media-timeout"
        case .botFailure: "bot"
        case .maximumDuration: "maximum-duration"
        case .capacity: "capacity"
        case .shutdown: "shutdown"
        case .interrupted: "interrupted"
        case .internalFault: "internal-fault"
        }
    }
}

extension EndCause {
    /// The carrier's own error number, `X-Exotel-ErrorCode`.
    package var carrierErrorCode: String? {
        self.carrierHeaders.first { $0.name.lowercased() == "x-exotel-errorcode" }?.value
    }

    package static func hangup(by party: Party, q850: Int? = nil, reason: String? = nil) -> EndCause {
        let who =
            switch party {
            case .remote: "The far end hung up"
            case .carrier: "The carrier ended the call"
            case .bot: "The bot hung up"
            case .operatorRequest: "The call was hung up on request"
            case .gateway: "The gateway hung up"
            }
        return EndCause(.hangup, by: party, q850: q850, sentence: reason.map { "\(who): \($0)." } ?? "\(who).")
    }

    package static let shutdown = EndCause(
        .shutdown, by: .gateway, sentence: "The gateway was stopped and ended its calls.")

    package static let interrupted = EndCause(
        .interrupted, by: .gateway, sentence: "The gateway was killed, or its machine, while the call was alive.",
        remedy: "Look in the system's log for what ended it: the kernel when memory runs out, or somebody's kill -9.")

    package static func noAnswer(after ringing: Duration) -> EndCause {
        EndCause(
            .noAnswer, by: .gateway, sentence: "Nobody answered within \(ringing.components.seconds) s.",
            remedy: "Raise the trunk's ringDeadline, or the order's own, if the callee needs longer.")
    }

    package static func setupLimit(_ duration: Duration) -> EndCause {
        EndCause(
            .setupLimit, by: .gateway,
            sentence: "The call was not answered within \(duration.components.seconds) s of its order.",
            remedy: "Look at how many calls wait for the trunk's pace, and at its setupLimit.")
    }

    package static let redirectLimit = EndCause(
        .redirectLimit, by: .carrier,
        sentence: "The carrier redirected the call too often, or to no address that may be called.",
        remedy: "Call the number that the carrier names, or give the trunk's followRedirects that host or more targets."
    )

    package static func transferred(to target: String, by party: Party) -> EndCause {
        EndCause(.transferred, by: party, sentence: "The call was transferred to \(target).")
    }

    package static func maximumDuration(_ duration: Duration) -> EndCause {
        EndCause(
            .maximumDuration, by: .gateway,
            sentence: "The call reached its hard maximum of \(duration.components.seconds) s.",
            remedy: "Raise the trunk's maximumDuration, or the order's own, if calls may last longer.")
    }

    package static func botFailure(_ sentence: String) -> EndCause {
        EndCause(
            .botFailure, by: .bot, sentence: sentence,
            remedy: "Look for the bot's own lines in the log, and check its command or url in the configuration.")
    }

    package static let mediaTimeout = EndCause(
        .mediaTimeout, by: .gateway, sentence: "No RTP arrived from the far end for too long.",
        remedy: "Check NAT, the external address of the trunk, and that the RTP range is open in the firewall.")
}

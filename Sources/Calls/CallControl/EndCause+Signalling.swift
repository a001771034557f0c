import SDP
import SIPSyntax
import SIPUserAgent
import Trunks

extension EndCause {
    /// The cause of a session's end, with the carrier's own words and the likely fix.
    ///
    /// - Parameter transportFault: what the transport said, where the session ended by it.
    package init(_ reason: EndReason, transportFault: String? = nil) {
        let headers = reason.response?.headers.carrierHeaders ?? reason.request?.headers.carrierHeaders ?? []
        let advice = reason.advice
        self.init(
            Self.kind(of: reason), by: Self.party(of: reason), status: Self.status(of: reason), q850: reason.q850,
            reasons: reason.statedReasons, carrierHeaders: headers,
            sentence: [Self.sentence(of: reason, advice), transportFault].compactMap { $0 }.joined(separator: " "),
            remedy: advice?.remedy ?? reason.releaseCause?.remedy ?? reason.refreshRemedy)
    }

    package static func mediaNegotiation(_ refusal: SDPRefusal) -> EndCause {
        EndCause(
            .mediaNegotiation, by: .gateway, status: refusal.statusCode, sentence: "\(refusal.sentence).",
            remedy:
                "Compare the SDP of both sides in the SIP ladder; Exotel wants SRTP over TLS and plain RTP over TCP.")
    }

    private static func kind(of reason: EndReason) -> Kind {
        switch reason.cause {
        case .rejectedByPeer:
            reason.status == .unauthorized || reason.status == .proxyAuthenticationRequired
                ? .authentication : .rejected
        case .rejectedByUs: .rejected
        case .cancelledByPeer, .cancelledByUs: .cancelled
        case .hungUpByPeer, .hungUpByUs, .replaced: .hangup
        case .timedOut, .transportFailed: .unreachable
        case .refreshFailed, .refreshRefused, .sessionExpired: .sessionExpired
        case .ackMissing, .prackMissing, .dialogLost, .answerUnreadable: .unreachable
        }
    }

    /// The status that one side really sent: the 408 and 503 of a peer that is not there are of our own making.
    private static func status(of reason: EndReason) -> Int? {
        switch reason.cause {
        case .timedOut, .transportFailed, .dialogLost, .refreshFailed: reason.response?.status.number
        case .refreshRefused, .sessionExpired: nil
        case .rejectedByPeer, .rejectedByUs, .cancelledByPeer, .cancelledByUs, .hungUpByPeer, .hungUpByUs, .ackMissing,
            .prackMissing, .answerUnreadable, .replaced:
            reason.status?.number
        }
    }

    private static func party(of reason: EndReason) -> Party {
        switch reason.cause {
        case .rejectedByPeer:
            switch reason.advice?.action {
            case .outcome?: .remote
            case .tryNextPointOfPresence?, .configurationFault?, .giveUp?, nil: .carrier
            }
        case .cancelledByPeer, .replaced: .remote
        case .hungUpByPeer:
            switch reason.releaseCause?.origin {
            case .network?: .carrier
            case .user?, nil: .remote
            }
        case .timedOut, .transportFailed, .ackMissing, .prackMissing, .dialogLost, .refreshFailed, .answerUnreadable:
            .carrier
        case .rejectedByUs, .cancelledByUs, .hungUpByUs, .refreshRefused, .sessionExpired: .gateway
        }
    }

    private static func sentence(of reason: EndReason, _ advice: FailureAdvice?) -> String {
        var sentences = [advice?.sentence ?? reason.sentence]
        if advice != nil, let response = reason.response, response.status.reasonPhrase.text != response.reason.text {
            sentences.append("It said: \(response.reason.text.prefix(200)).")
        }
        if let release = reason.releaseCause {
            sentences.append("The telephone network's cause is \(release.number), \(release.phrase).")
        }
        return sentences.joined(separator: " ")
    }
}

extension EndReason {
    /// What the failure of an INVITE means; nil for the end of a call that was answered.
    var advice: FailureAdvice? {
        switch self.cause {
        case .rejectedByPeer:
            guard let status = self.status, status.isFinal, !status.isSuccess else { return nil }
            let code = self.response?.headers.carrierHeaders.first { $0.name.lowercased() == "x-exotel-errorcode" }
            return FailureAdvice(status, carrierErrorCode: code?.value)
        case .timedOut: return .noResponse
        case .transportFailed: return .noConnection
        case .rejectedByUs, .cancelledByPeer, .cancelledByUs, .hungUpByPeer, .hungUpByUs, .ackMissing,
            .prackMissing, .dialogLost, .refreshFailed, .refreshRefused, .sessionExpired, .answerUnreadable, .replaced:
            return nil
        }
    }

    /// How long a 503 asks us to wait before any other INVITE (RFC 3261 section 21.5.4), at most ten minutes.
    var retryAfter: Duration? {
        guard self.status == .serviceUnavailable, let response = self.response,
            let retryAfter = try? response.headers.retryAfter
        else { return nil }
        return min(retryAfter.delay, .seconds(600))
    }

    /// The peer's Reason headers; what cannot be read is left out.
    var statedReasons: [StatedReason] {
        let headers = self.request?.headers ?? self.response?.headers
        return (headers?.readableReasons ?? []).prefix(Self.reasonsMax).map { reason in
            StatedReason(
                protocolName: reason.protocolName.text, cause: reason.cause.map { Int($0) },
                text: reason.text.map { String($0.prefix(200)) })
        }
    }

    /// The cause of a `Reason: Q.850;cause=…` header (RFC 3326).
    var q850: Int? {
        self.statedReasons.first { $0.protocolName.uppercased() == "Q.850" && $0.cause != nil }?.cause
    }

    /// What to do about a session that nobody kept alive (RFC 4028).
    var refreshRemedy: String? {
        switch self.cause {
        case .sessionExpired:
            return "Ask the carrier why its refresh did not come, or set the trunk's sessionTimer to {refresher: us}."
        case .refreshRefused, .refreshFailed:
            return
                "Look in the SIP ladder at what our UPDATE or re-INVITE was answered, or set the trunk's sessionTimer "
                + "to {refresher: peer} or off."
        case .rejectedByPeer, .rejectedByUs, .cancelledByPeer, .cancelledByUs, .hungUpByPeer, .hungUpByUs, .timedOut,
            .transportFailed, .ackMissing, .prackMissing, .dialogLost, .answerUnreadable, .replaced:
            return nil
        }
    }

    var releaseCause: ReleaseCause? { self.q850.flatMap { ReleaseCause($0) } }

    /// A call has one reason, seldom two.
    private static var reasonsMax: Int { 8 }
}

extension Headers {
    /// Every field whose name starts with `X-Exotel-`.
    var carrierHeaders: [CarrierHeader] {
        self.fields.filter { $0.name.hasPrefix("X-Exotel-") }
            .map { CarrierHeader(name: $0.name.text, value: $0.value.text) }
    }
}

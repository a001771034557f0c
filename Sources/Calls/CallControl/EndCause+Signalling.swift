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
            carrierHeaders: headers,
            sentence: [Self.sentence(of: reason, advice), transportFault].compactMap { $0 }.joined(separator: " "),
            remedy: advice?.remedy)
    }

    package static func mediaNegotiation(_ refusal: SDPRefusal) -> EndCause {
        EndCause(
            .mediaNegotiation, by: .gateway, status: refusal.statusCode, sentence: "\(refusal.sentence).",
            remedy:
                "Compare the SDP of both sides in the SIP ladder; Exotel wants SRTP over TLS and plain RTP over TCP.")
    }

    private static func kind(of reason: EndReason) -> Kind {
        switch reason.cause {
        case .rejectedByPeer, .rejectedByUs: .rejected
        case .cancelledByPeer, .cancelledByUs: .cancelled
        case .hungUpByPeer, .hungUpByUs, .replaced: .hangup
        case .timedOut, .transportFailed: .unreachable
        case .ackMissing: .unreachable
        }
    }

    /// The status that one side really sent: the 408 and 503 of a peer that is not there are of our own making.
    private static func status(of reason: EndReason) -> Int? {
        switch reason.cause {
        case .timedOut, .transportFailed: reason.response?.status.number
        case .rejectedByPeer, .rejectedByUs, .cancelledByPeer, .cancelledByUs, .hungUpByPeer, .hungUpByUs, .ackMissing,
            .replaced:
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
        case .cancelledByPeer, .hungUpByPeer, .replaced: .remote
        case .timedOut, .transportFailed, .ackMissing: .carrier
        case .rejectedByUs, .cancelledByUs, .hungUpByUs: .gateway
        }
    }

    private static func sentence(of reason: EndReason, _ advice: FailureAdvice?) -> String {
        guard let advice else { return reason.sentence }
        guard let response = reason.response, response.status.reasonPhrase.text != response.reason.text else {
            return advice.sentence
        }
        return "\(advice.sentence) It said: \(response.reason.text.prefix(200))."
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
        case .rejectedByUs, .cancelledByPeer, .cancelledByUs, .hungUpByPeer, .hungUpByUs, .ackMissing, .replaced:
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

    /// The cause of a `Reason: Q.850;cause=…` header (RFC 3326).
    var q850: Int? {
        let headers = self.request?.headers ?? self.response?.headers
        return headers?.readableReasons.first { $0.isOf(Reason.q850) && $0.cause != nil }?.cause.map { Int($0) }
    }
}

extension Headers {
    /// Every field whose name starts with `X-Exotel-`.
    var carrierHeaders: [CarrierHeader] {
        self.fields.filter { $0.name.hasPrefix("X-Exotel-") }
            .map { CarrierHeader(name: $0.name.text, value: $0.value.text) }
    }
}

extension Headers.Field {
    static func retryAfter(seconds: UInt32) -> Headers.Field {
        Headers.Field(name: .retryAfter, value: seconds.headerValue)
    }

    /// Why we end the call, in Q.850's terms (RFC 3326): 16 normal clearing, 31 normal unspecified, 41 temporary failure.
    static func reason(_ cause: EndCause) -> Headers.Field {
        let (number, text): (UInt16, String) =
            switch cause.kind {
            case .hangup, .cancelled: (16, "Normal call clearing")
            case .maximumDuration, .shutdown, .noAnswer, .rejected: (31, "Normal, unspecified")
            case .botFailure, .mediaTimeout, .mediaNegotiation, .capacity, .unreachable, .interrupted, .internalFault:
                (41, "Temporary failure")
            }
        guard let reason = try? Reason(protocolName: Reason.q850, cause: number, text: text) else {
            preconditionFailure("the texts are our own")
        }
        return Headers.Field(name: .reason, value: reason.headerValue)
    }

    static func warning(_ refusal: SDPRefusal) -> Headers.Field {
        let warning = try? Warning(
            code: refusal.warningCode, agent: Token(trusted: "trunkline"), text: refusal.sentence)
        guard let warning else { preconditionFailure("a refusal's sentence is our own text") }
        return Headers.Field(name: .warning, value: warning.headerValue)
    }
}

import SDP
import SIPSyntax

extension EndCause {
    /// What we tell the peer of the end: a cause of Q.850 and words (RFC 3326).
    var statedRelease: (q850: UInt16, text: String) {
        switch self.kind {
        case .hangup, .transferred: (16, "Normal call clearing")
        case .cancelled: (16, "Call given up")
        case .noAnswer: (19, "No answer")
        case .rejected: (21, "Call rejected")
        case .maximumDuration: (31, "Maximum duration reached")
        case .shutdown: (31, "Gateway is being stopped")
        case .redirectLimit: (31, "Too many redirects")
        case .capacity: (42, "No capacity left")
        case .botFailure: (41, "Application failed")
        case .mediaTimeout: (41, "No media received")
        case .unreachable, .authentication, .interrupted, .internalFault: (41, "Temporary failure")
        case .mediaNegotiation: (65, "No media in common")
        case .sessionExpired: (102, "Session timer expired")
        case .setupLimit: (102, "Not answered in time")
        }
    }
}

extension Headers.Field {
    static func retryAfter(seconds: UInt32) -> Headers.Field {
        Headers.Field(name: .retryAfter, value: seconds.headerValue)
    }

    /// Why we end the call, for a BYE, a CANCEL or a refusal.
    static func reason(_ cause: EndCause) -> Headers.Field {
        let (number, text) = cause.statedRelease
        guard let reason = try? Reason(protocolName: Reason.q850, cause: number, text: text) else {
            preconditionFailure("the texts are ours and have no control characters")
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

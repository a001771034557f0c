/// Session-Expires (RFC 4028 section 4): how long a session lives without a refresh, and who refreshes it.
package struct SessionExpires: Hashable, Sendable {
    /// Named by the roles of the transaction that the field stands in, not of the call.
    package enum Refresher: String, Hashable, Sendable {
        case uac
        case uas

        package var other: Refresher {
            switch self {
            case .uac: .uas
            case .uas: .uac
            }
        }
    }

    /// Whole seconds.
    package let interval: Duration
    /// Nil when it is left to the other side.
    package let refresher: Refresher?

    package init(interval: Duration, refresher: Refresher?) {
        self.interval = interval
        self.refresher = refresher
    }
}

extension SessionExpires: HeaderFieldValue {
    package var headerValue: HeaderValue {
        let refresher = self.refresher.map { ";refresher=\($0.rawValue)" } ?? ""
        return HeaderValue(assembled: "\(self.interval.components.seconds)\(refresher)")
    }
}

/// Min-SE (RFC 4028 section 5): the shortest session interval that a server or a proxy takes.
package struct MinimumSessionInterval: Hashable, Sendable {
    /// Whole seconds.
    package let interval: Duration

    package init(_ interval: Duration) {
        self.interval = interval
    }
}

extension MinimumSessionInterval: HeaderFieldValue {
    package var headerValue: HeaderValue { HeaderValue(assembled: String(self.interval.components.seconds)) }
}

extension Headers {
    /// Throws for a refresher that is neither `uac` nor `uas`.
    package var sessionExpires: SessionExpires? {
        get throws(SIPSyntaxError) { try self.optional(.sessionExpires) { $0.sessionExpires() } }
    }

    /// The shortest session interval that the sender takes.
    package var minSE: MinimumSessionInterval? {
        get throws(SIPSyntaxError) {
            try self.optional(.minSE) { scanner in
                guard let seconds: UInt32 = scanner.number(), scanner.parameters() != nil else { return nil }
                return MinimumSessionInterval(.seconds(seconds))
            }
        }
    }
}

extension FieldScanner {
    fileprivate mutating func sessionExpires() -> SessionExpires? {
        guard let seconds: UInt32 = self.number(), let parameters = self.parameters() else { return nil }
        guard parameters.contains("refresher") else {
            return SessionExpires(interval: .seconds(seconds), refresher: nil)
        }
        guard let text = parameters["refresher"],
            let refresher = SessionExpires.Refresher(rawValue: text.asciiLowercased)
        else { return nil }
        return SessionExpires(interval: .seconds(seconds), refresher: refresher)
    }
}

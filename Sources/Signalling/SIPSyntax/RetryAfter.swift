/// Retry-After (RFC 3261 section 20.33).
package struct RetryAfter: Hashable, Sendable {
    /// Whole seconds.
    package let delay: Duration
    /// Without its parentheses.
    package let comment: String?
    package let parameters: Parameters

    package init(seconds: UInt32) {
        self.init(seconds: seconds, comment: nil, parameters: Parameters())
    }

    init(seconds: UInt32, comment: String?, parameters: Parameters) {
        self.delay = .seconds(seconds)
        self.comment = comment
        self.parameters = parameters
    }
}

extension RetryAfter: HeaderFieldValue {
    /// The comment is not written back: it was for human readers of the first response.
    package var headerValue: HeaderValue {
        HeaderValue(assembled: String(self.delay.components.seconds) + self.parameters.fieldText)
    }
}

import SIPSyntax
import Timekeeping

extension Misbehaviour {
    /// Answers every call, the first few, or a share of them with an error.
    package struct Refusal: Hashable, Sendable {
        /// 300...699.
        package var status: Int
        /// The reason phrase; nil is the status' own.
        package var reason: String?
        /// How many calls are refused; nil is all of them.
        package var first: Int?
        /// How many of 100 calls are refused, evenly spread.
        package var share = 100
        /// Only calls that came to this listener, so that a fail-over to another can be shown.
        package var listener: SimulatorListener.Transport?
        package var retryAfter: Duration?
        /// X-Exotel-ErrorCode.
        package var errorCode: Int?
        /// The Q.850 cause of a Reason header.
        package var cause: Int?

        package init(status: Int, first: Int? = nil, retryAfter: Duration? = nil) {
            self.status = status
            self.first = first
            self.retryAfter = retryAfter
        }

        var isOfEveryCall: Bool { self.first == nil && self.share == 100 && self.listener == nil }

        /// - Parameter calls: How many calls came before, and how many of them were refused.
        package func applies(
            to transport: SIPTransportName, after calls: (seen: Int, refused: Int)
        ) -> Bool {
            if let listener = self.listener, listener.name != transport { return false }
            guard calls.refused < self.first ?? Int.max else { return false }
            return (calls.seen + 1) * self.share / 100 > calls.seen * self.share / 100
        }
    }
}

extension Misbehaviour.Refusal {
    init(_ setting: YAMLSetting) throws(SimulatorError) {
        guard !setting.isScalar else {
            self.init(status: try setting.integer(in: 300...699))
            return
        }
        let entries = try setting.entries(known: [
            "status", "reason", "first", "share", "on", "retryAfter", "errorCode", "cause",
        ])
        guard let status = entries["status"] else { throw setting.complaint("the key status is missing") }
        self.init(status: try status.integer(in: 300...699))
        if let first = entries["first"] { self.first = try first.integer(in: 1...1_000_000) }
        if let share = entries["share"] { self.share = try share.integer(in: 1...100) }
        if let listener = entries["on"] { self.listener = try listener.word(of: SimulatorListener.Transport.self) }
        if let code = entries["errorCode"] { self.errorCode = try code.integer(in: 1...999_999) }
        if let cause = entries["cause"] { self.cause = try cause.integer(in: 1...127) }
        if let reason = entries["reason"] {
            self.reason = try reason.text()
            guard (try? HeaderValue(try reason.text())) != nil else { throw reason.complaint("expected one line") }
        }
        if let retryAfter = entries["retryAfter"] {
            self.retryAfter = try retryAfter.duration(in: .zero ... .seconds(3_600))
        }
    }
}

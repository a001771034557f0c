import Timekeeping

/// Answers that are kept for their time to live, and failures for a short time, so that a call's messages find their peer
/// without a look-up each. Sans-IO; at most `limits.countMax` entries.
package struct AnswerCache: Sendable {
    /// Bounds of what others decide.
    package struct Limits: Hashable, Sendable {
        /// A time to live of 0 would make a look-up of every message of a call.
        package var lifetimeMin: Duration = .seconds(5)
        package var lifetimeMax: Duration = .seconds(3_600)
        /// How long a name is taken not to exist.
        package var negativeLifetime: Duration = .seconds(10)
        /// How long a server that failed is left alone.
        package var failureLifetime: Duration = .seconds(2)
        package var countMax = 1_024

        package init() {}
    }

    private struct Entry {
        let result: Result<DNSAnswer, DNSError>
        let until: Instant
    }

    private let limits: Limits
    private var entries: [DNSQuestion: Entry] = [:]

    package init(_ limits: Limits = Limits()) {
        precondition(limits.countMax > 0, "a cache has room")
        self.limits = limits
    }

    package var count: Int { self.entries.count }

    /// What is known now; nil asks the caller to look it up.
    package func answer(to question: DNSQuestion, at now: Instant) -> Result<DNSAnswer, DNSError>? {
        guard let entry = self.entries[question], now < entry.until else { return nil }
        return entry.result
    }

    /// Keeps an answer. In a full cache what has expired goes first, then whatever would expire next.
    package mutating func keep(_ result: Result<DNSAnswer, DNSError>, to question: DNSQuestion, at now: Instant) {
        let lifetime: Duration
        switch result {
        case .success(let answer):
            lifetime = min(max(answer.lifetime, self.limits.lifetimeMin), self.limits.lifetimeMax)
        case .failure(.notFound):
            lifetime = self.limits.negativeLifetime
        case .failure(.unavailable):
            lifetime = self.limits.failureLifetime
        case .failure(.tooMany):
            return
        }
        if self.entries[question] == nil, self.entries.count >= self.limits.countMax { self.makeRoom(at: now) }
        self.entries[question] = Entry(result: result, until: now + lifetime)
    }

    private mutating func makeRoom(at now: Instant) {
        self.entries = self.entries.filter { now < $0.value.until }
        guard self.entries.count >= self.limits.countMax else { return }
        guard let next = self.entries.min(by: { $0.value.until < $1.value.until }) else { return }
        self.entries[next.key] = nil
    }
}

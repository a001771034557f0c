import Addressing
import DNS
import Testing
import Timekeeping

/// How long answers are kept, and how many.
@Suite struct AnswerCacheTests {
    private static let question = DNSQuestion(.addresses, of: "edge.test")

    private static func answer(_ lifetime: Duration) -> Result<DNSAnswer, DNSError> {
        .success(DNSAnswer(.addresses([.loopback]), lifetime: lifetime))
    }

    /// The record's own time to live, within bounds.
    @Test(arguments: [(0, 5), (4, 5), (60, 60), (3_600, 3_600), (1_000_000, 3_600)])
    func lifetimes(given: Int, kept: Int) {
        var cache = AnswerCache()
        cache.keep(Self.answer(.seconds(given)), to: Self.question, at: .origin)
        let end = Instant.origin + .seconds(kept)
        #expect(cache.answer(to: Self.question, at: end - .nanoseconds(1)) == Self.answer(.seconds(given)))
        #expect(cache.answer(to: Self.question, at: end) == nil)
    }

    /// RFC 2308: that a name does not exist is an answer too; that a server failed is kept only for a moment.
    @Test(arguments: [
        (DNSError.notFound(reason: "x"), 10), (.unavailable(reason: "x"), 2), (.tooMany, 0),
    ])
    func failures(error: DNSError, kept: Int) {
        var cache = AnswerCache()
        cache.keep(.failure(error), to: Self.question, at: .origin)
        let end = Instant.origin + .seconds(kept)
        #expect(cache.answer(to: Self.question, at: end) == nil)
        if kept > 0 { #expect(cache.answer(to: Self.question, at: end - .nanoseconds(1)) == .failure(error)) }
    }

    /// Kinds of records of one name are questions of their own.
    @Test func kindsAreApart() {
        var cache = AnswerCache()
        cache.keep(Self.answer(.seconds(60)), to: Self.question, at: .origin)
        #expect(cache.answer(to: DNSQuestion(.services, of: "edge.test"), at: .origin) == nil)
    }

    /// A full cache stays full: what has expired leaves first, then what would expire next.
    @Test func theCacheIsBounded() {
        var limits = AnswerCache.Limits()
        limits.countMax = 3
        var cache = AnswerCache(limits)
        for (index, seconds) in [20, 10, 30].enumerated() {
            cache.keep(Self.answer(.seconds(seconds)), to: DNSQuestion(.addresses, of: "\(index)"), at: .origin)
        }
        let now = Instant.origin + .seconds(5)
        cache.keep(Self.answer(.seconds(60)), to: DNSQuestion(.addresses, of: "3"), at: now)
        #expect(cache.count == 3)
        #expect(cache.answer(to: DNSQuestion(.addresses, of: "1"), at: now) == nil)
        let later = Instant.origin + .seconds(40)
        cache.keep(Self.answer(.seconds(60)), to: DNSQuestion(.addresses, of: "4"), at: later)
        #expect(cache.count == 2)
        for index in 0..<1_000 {
            cache.keep(Self.answer(.seconds(60)), to: DNSQuestion(.addresses, of: "n\(index)"), at: later)
        }
        #expect(cache.count == 3)
    }
}

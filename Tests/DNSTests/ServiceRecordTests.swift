import DNS
import Testing

/// In which order servers are tried (RFC 2782, RFC 3403, RFC 3263 section 4).
@Suite struct ServiceRecordTests {
    /// Gives the same numbers each time.
    private struct Seeded: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            self.state = self.state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return self.state ^ self.state >> 29
        }
    }

    private static func record(_ target: String, _ priority: UInt16, _ weight: UInt16) -> ServiceRecord {
        ServiceRecord(priority: priority, weight: weight, port: 5060, target: target)
    }

    @Test func lowerPrioritiesComeFirst() {
        var random = Seeded(state: 1)
        let records = [Self.record("c", 30, 100), Self.record("a", 10, 0), Self.record("b", 20, 65_535)]
        #expect(ServiceRecord.ordered(records, using: &random).map(\.target) == ["a", "b", "c"])
        #expect(ServiceRecord.ordered([], using: &random).isEmpty)
    }

    /// 10 : 30 : 60, drawn 10,000 times: each is first in proportion to its weight, and every order keeps all.
    @Test func weightsAreShares() {
        var random = Seeded(state: 7)
        let records = [Self.record("small", 1, 10), Self.record("middle", 1, 30), Self.record("large", 1, 60)]
        var first: [String: Int] = [:]
        for _ in 0..<10_000 {
            let order = ServiceRecord.ordered(records, using: &random)
            #expect(Set(order) == Set(records))
            first[order[0].target, default: 0] += 1
        }
        #expect(abs((first["small"] ?? 0) - 1_000) < 200)
        #expect(abs((first["middle"] ?? 0) - 3_000) < 300)
        #expect(abs((first["large"] ?? 0) - 6_000) < 300)
    }

    /// RFC 2782: records of weight 0 are chosen seldom beside others, and all of weight 0 keep none out.
    @Test func weightsOfZero() {
        var random = Seeded(state: 3)
        let mixed = [Self.record("zero", 1, 0), Self.record("all", 1, 100)]
        let firsts = (0..<1_000).map { _ in ServiceRecord.ordered(mixed, using: &random)[0].target }
        #expect((1...60).contains(firsts.filter { $0 == "zero" }.count))
        let zeros = (0..<8).map { Self.record("z\($0)", 1, 0) }
        #expect(Set(ServiceRecord.ordered(zeros, using: &random)) == Set(zeros))
    }

    @Test func namingAuthoritiesOfOneService() {
        let records = [
            NamingAuthorityRecord(
                order: 90, preference: 50, flags: "s", service: "SIP+D2T", replacement: "_sip._tcp.b"),
            NamingAuthorityRecord(
                order: 50, preference: 60, flags: "S", service: "sip+d2t", replacement: "_sip._tcp.a"),
            NamingAuthorityRecord(
                order: 50, preference: 50, flags: "s", service: "SIPS+D2T", replacement: "_sips._tcp.a"),
            // An expression, and a record for another use.
            NamingAuthorityRecord(order: 1, preference: 1, flags: "u", service: "SIP+D2T", replacement: ""),
            NamingAuthorityRecord(order: 1, preference: 1, flags: "a", service: "SIP+D2T", replacement: "host.a"),
        ]
        #expect(
            NamingAuthorityRecord.serviceNames(records, service: "SIP+D2T") == ["_sip._tcp.a", "_sip._tcp.b"])
        #expect(NamingAuthorityRecord.serviceNames(records, service: "SIPS+D2T") == ["_sips._tcp.a"])
        #expect(NamingAuthorityRecord.serviceNames(records, service: "SIP+D2U").isEmpty)
    }
}

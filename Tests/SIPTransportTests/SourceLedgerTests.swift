import Addressing
import SIPTransport
import Testing
import Timekeeping

/// How much a stranger may send, and when nobody listens to him any more.
@Suite struct SourceLedgerTests {
    private static let stranger = IPAddress.v4(0xCB00_7107)
    private static let start = Instant.origin + .seconds(1_000)

    private static func ledger(_ change: (inout SourceLimits) -> Void = { _ in }) -> SourceLedger {
        var limits = SourceLimits()
        limits.messagesPerSecond = 5
        change(&limits)
        return SourceLedger(limits)
    }

    @Test func aStrangerHasARate() {
        var ledger = Self.ledger()
        let burst = (0..<7).map { _ in ledger.admit(Self.stranger, .datagrams, at: Self.start) }
        #expect(burst == Array(repeating: .admitted, count: 5) + [.tooManyMessages, .tooManyMessages])
        let other = ledger.admit(.v4(1), .datagrams, at: Self.start)
        #expect(other == .admitted)
        let later = ledger.admit(Self.stranger, .datagrams, at: Self.start + .milliseconds(200))
        #expect(later == .admitted)
    }

    /// The offence that is one too many within the window bans for a while; offences that are far apart do not.
    @Test func offencesBan() {
        var ledger = Self.ledger { $0.ban = .init(offences: 3, window: .seconds(10), duration: .seconds(60)) }
        var now = Self.start
        for _ in 0..<10 {
            let consequence = ledger.note(.malformedMessage, of: Self.stranger, .streams, at: now)
            #expect(consequence == .first)
            now += .seconds(10)
        }
        let led = (0..<3).map { _ in ledger.note(.uninvitedCall, of: Self.stranger, .streams, at: now) }
        #expect(led == [.first, .counted, .banned])
        var isBanned = ledger.isBanned(Self.stranger, .streams, at: now + .seconds(59))
        #expect(isBanned)
        let admission = ledger.admit(Self.stranger, .streams, at: now + .seconds(59))
        #expect(admission == .banned)
        isBanned = ledger.isBanned(Self.stranger, .streams, at: now + .seconds(60))
        #expect(!isBanned)
        #expect(ledger.banCount == 0)
    }

    /// Who goes on sending after his ban is told as a flood, once.
    @Test func aBannedSourceThatGoesOnIsAFlood() {
        var ledger = Self.ledger { $0.ban = .init(offences: 1, window: .seconds(10), duration: .seconds(60)) }
        _ = ledger.note(.uninvitedCall, of: Self.stranger, .datagrams, at: Self.start)
        let admissions = (0..<300).map { _ in ledger.admit(Self.stranger, .datagrams, at: Self.start) }
        #expect(admissions.prefix(SourceLedger.floodMin - 1).allSatisfy { $0 == .banned })
        #expect(admissions[SourceLedger.floodMin - 1] == .flooding(until: Self.start + .seconds(60)))
        #expect(admissions.dropFirst(SourceLedger.floodMin).allSatisfy { $0 == .banned })
    }

    /// Datagrams in somebody's name do not cost him his streams: their source is cheap to forge.
    @Test func forgedDatagramsBanNoStreams() {
        var ledger = Self.ledger { $0.ban = .init(offences: 1, window: .seconds(10), duration: .seconds(60)) }
        let consequence = ledger.note(.malformedMessage, of: Self.stranger, .datagrams, at: Self.start)
        #expect(consequence == .banned)
        let ways = [SourceLedger.Way.datagrams, .streams].map { ledger.isBanned(Self.stranger, $0, at: Self.start) }
        #expect(ways == [true, false])
    }

    /// An IPv6 network is one source, whichever of its addresses sends.
    @Test func anIPv6NetworkIsOneSource() {
        var ledger = Self.ledger { $0.ban = .init(offences: 2, window: .seconds(10), duration: .seconds(60)) }
        for low in 1...2 {
            _ = ledger.note(.failedHandshake, of: .v6(high: 7, low: UInt64(low)), .streams, at: Self.start)
        }
        let isBanned = ledger.isBanned(.v6(high: 7, low: 99), .streams, at: Self.start)
        #expect(isBanned)
    }

    /// A hundred thousand sources cost no more than the maxima, of sources and of bans; old bans make room.
    @Test func bothTablesAreBounded() {
        var ledger = Self.ledger {
            $0.sourcesMax = 1_000
            $0.ban = .init(offences: 1, window: .seconds(10), duration: .seconds(60), countMax: 500)
        }
        for number in 0..<100_000 {
            _ = ledger.admit(.v4(UInt32(number)), .datagrams, at: Self.start)
            _ = ledger.note(.tooManyMessages, of: .v4(UInt32(number)), .datagrams, at: Self.start)
            #expect(ledger.entryCount <= 1_000)
            #expect(ledger.banCount <= 500)
        }
        #expect(ledger.banCount == 500)
        let later = Self.start + .seconds(60)
        let consequence = ledger.note(.tooManyMessages, of: Self.stranger, .datagrams, at: later)
        #expect(consequence == .banned)
        #expect(ledger.banCount == 1)
    }

    @Test func nobodyIsBannedWhereNobodyShallBe() {
        var ledger = Self.ledger { $0.ban = nil }
        let led = (0..<1_000).map { _ in ledger.note(.malformedMessage, of: Self.stranger, .streams, at: Self.start) }
        #expect(led.first == .first && led.dropFirst().allSatisfy { $0 == .counted })
        let isBanned = ledger.isBanned(Self.stranger, .streams, at: Self.start)
        #expect(!isBanned)
    }
}

extension SourceLimits.Ban {
    fileprivate init(offences: Int, window: Duration, duration: Duration, countMax: Int = 100) {
        self.init()
        self.offences = offences
        self.window = window
        self.duration = duration
        self.countMax = countMax
    }
}

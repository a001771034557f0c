import Addressing
import SIPSyntax
import SIPTransport
import Testing

/// Who gets a place when there are more connections than places (reliability: rows 11 and 21).
@Suite struct AdmissionLedgerTests {
    private static func address(_ number: Int) -> IPAddress {
        .v4(0xCB00_0000 + UInt32(number))
    }

    private static func ledger(_ change: (inout AdmissionPlaces) -> Void) -> AdmissionLedger {
        var places = AdmissionPlaces()
        change(&places)
        return AdmissionLedger(places)
    }

    private static func id(_ number: Int) -> ConnectionID {
        ConnectionID(number: UInt64(number))
    }

    /// One address cannot take every place, and a place comes back when a connection ends.
    @Test func anAddressHasItsShare() {
        var ledger = Self.ledger { $0.perAddressMax = 3 }
        for number in 1...3 {
            let verdict = ledger.admit(Self.id(number), from: Self.address(1), isKnown: false)
            #expect(verdict == .admitted)
        }
        var verdict = ledger.admit(Self.id(4), from: Self.address(1), isKnown: false)
        #expect(verdict == .refusedToAddress)
        verdict = ledger.admit(Self.id(5), from: Self.address(2), isKnown: false)
        #expect(verdict == .admitted)
        ledger.release(Self.id(2))
        verdict = ledger.admit(Self.id(6), from: Self.address(1), isKnown: false)
        #expect(verdict == .admitted)
        #expect(ledger.count == 4)
        #expect(ledger.refusedCount == 1)
    }

    /// Every address of an IPv6 holder's network counts as one.
    @Test func anIPv6NetworkIsOneHolder() {
        var ledger = Self.ledger { $0.perAddressMax = 2 }
        let verdicts = (1...4).map { number in
            ledger.admit(
                Self.id(number), from: .v6(high: 0x2001_0DB8_0000_0001, low: UInt64(number)), isKnown: false)
        }
        #expect(verdicts == [.admitted, .admitted, .refusedToAddress, .refusedToAddress])
    }

    /// Ten thousand silent connections of a hundred addresses: no more than the places are held, and whoever comes next
    /// still gets one, in place of the one that was silent longest.
    @Test func silentConnectionsMakeRoom() {
        var ledger = Self.ledger { $0.strangersMax = 2_000 }
        for number in 0..<10_000 {
            let verdict = ledger.admit(Self.id(number), from: Self.address(number / 100), isKnown: false)
            #expect(verdict == (number < 2_000 ? .admitted : .admittedInPlaceOf(Self.id(number - 2_000))))
            #expect(ledger.count <= 2_000)
            #expect(ledger.waitingCount <= 4_001)
        }
        let peer = ledger.admit(Self.id(20_000), from: Self.address(999), isKnown: false)
        #expect(peer == .admittedInPlaceOf(Self.id(8_000)))
        #expect(ledger.evictedCount == 8_001)
        for number in 0...20_000 { ledger.release(Self.id(number)) }
        #expect(ledger.count == 0)
    }

    /// Whoever has sent a message is not pushed out; when all have, the next stranger is refused.
    @Test func provenConnectionsStay() {
        var ledger = Self.ledger { $0.strangersMax = 3 }
        for number in 1...3 { _ = ledger.admit(Self.id(number), from: Self.address(number), isKnown: false) }
        ledger.prove(Self.id(1))
        ledger.prove(Self.id(3))
        var verdict = ledger.admit(Self.id(4), from: Self.address(4), isKnown: false)
        #expect(verdict == .admittedInPlaceOf(Self.id(2)))
        ledger.prove(Self.id(4))
        // The closed channel of the evicted one gives nothing back twice.
        ledger.release(Self.id(2))
        #expect(ledger.count == 3)
        verdict = ledger.admit(Self.id(5), from: Self.address(5), isKnown: false)
        #expect(verdict == .refused)
    }

    /// Known peers have places of their own, as many as that and no more, and are never pushed out.
    @Test func knownPeersHaveTheirOwnPlaces() {
        var ledger = Self.ledger {
            $0.strangersMax = 2
            $0.knownMax = 3
            $0.perAddressMax = 1
        }
        for number in 1...2 { _ = ledger.admit(Self.id(number), from: Self.address(number), isKnown: false) }
        let known = (11...14).map { ledger.admit(Self.id($0), from: Self.address(100), isKnown: true) }
        #expect(known == [.admitted, .admitted, .admitted, .refused])
        for number in 21...30 { _ = ledger.admit(Self.id(number), from: Self.address(number), isKnown: false) }
        ledger.release(Self.id(11))
        let again = ledger.admit(Self.id(15), from: Self.address(100), isKnown: true)
        #expect(again == .admitted)
        #expect(ledger.count == 5)
    }
}

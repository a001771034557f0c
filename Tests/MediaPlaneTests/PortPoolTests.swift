import MediaPlane
import Testing
import Timekeeping

/// Which pairs the pool hands out, without a socket.
@Suite struct PortPoolTests {
    /// Takes a pair that everybody would let us have.
    static func take(_ pool: PortPool, at now: Instant = .origin) throws -> UInt16 {
        let taken = try pool.take(at: now) { (port: UInt16) throws(MediaPlaneError) -> UInt16? in port }
        return taken.port
    }

    /// An even port first, an odd one last, whatever the range says.
    @Test(arguments: [
        (UInt16(10_000), UInt16(10_003), [UInt16(10_000), 10_002]), (10_001, 10_005, [10_002, 10_004]),
        (10_001, 10_004, [10_002]), (65_532, 65_535, [65_532, 65_534]),
    ])
    func pairsAreEvenAndOdd(lower: UInt16, upper: UInt16, expected: [UInt16]) throws {
        let pool = try PortPool(lower...upper, rest: .zero)
        let taken = try expected.map { _ in try Self.take(pool) }
        #expect(taken == expected)
        #expect(pool.takenCount == expected.count)
        #expect(PortPool.pairCount(in: lower...upper) == expected.count)
        #expect(throws: MediaPlaneError.portsExhausted) { _ = try Self.take(pool) }
    }

    @Test(arguments: [UInt16(10_000)...10_000, 10_001...10_001, 10_001...10_002, 0...1])
    func rangeWithoutAPairIsRefused(range: ClosedRange<UInt16>) {
        #expect(PortPool.pairCount(in: range) == 0)
        #expect(throws: MediaPlaneError.portRangeUnusable(range)) { _ = try PortPool(range, rest: .zero) }
    }

    /// A returned pair rests, and the pool goes round before it comes back.
    @Test func returnedPairRests() throws {
        let pool = try PortPool(20_000...20_007, rest: .seconds(5))
        let first = try Self.take(pool)
        pool.release(first, at: .origin)
        #expect(pool.takenCount == 0)
        #expect(try Self.take(pool) == 20_002)
        #expect(try Self.take(pool) == 20_004)
        #expect(try Self.take(pool) == 20_006)
        #expect(throws: MediaPlaneError.portsExhausted) { _ = try Self.take(pool, at: .origin + .seconds(4)) }
        #expect(try Self.take(pool, at: .origin + .seconds(5)) == 20_000)
    }

    /// A pair that rests is not there for a call; one that is handed out is.
    @Test func restingPairsAreCounted() throws {
        let pool = try PortPool(20_000...20_007, rest: .seconds(5))
        let first = try Self.take(pool)
        _ = try Self.take(pool)
        #expect(pool.awakeCount(at: .origin) == 4)
        pool.release(first, at: .origin)
        #expect(pool.awakeCount(at: .origin + .seconds(4)) == 3)
        #expect(pool.awakeCount(at: .origin + .seconds(5)) == 4)
        #expect(try Self.take(pool, at: .origin + .seconds(5)) == 20_004)
    }

    /// A pair that somebody else has is skipped, and is free for a later call.
    @Test func foreignPairIsSkipped() throws {
        let pool = try PortPool(20_000...20_007, rest: .zero)
        let taken = try pool.take(at: .origin) { (port: UInt16) throws(MediaPlaneError) -> UInt16? in
            port < 20_004 ? nil : port
        }
        #expect(taken.port == 20_004)
        #expect(pool.takenCount == 1)
        #expect(try Self.take(pool) == 20_006)
        #expect(try Self.take(pool) == 20_000)
    }

    /// Another gateway of many calls has the beginning of the range.
    @Test func aThousandForeignPairsAreSkipped() throws {
        let pool = try PortPool(10_000...32_767, rest: .zero)
        let taken = try pool.take(at: .origin) { (port: UInt16) throws(MediaPlaneError) -> UInt16? in
            port < 12_000 ? nil : port
        }
        #expect(taken.port == 12_000)
        #expect(pool.takenCount == 1)
    }

    /// The search ends: in a range full of foreign sockets each pair is tried once.
    @Test func triesAreBounded() throws {
        let pool = try PortPool(10_000...32_767, rest: .zero)
        var tries = 0
        #expect(throws: MediaPlaneError.portsExhausted) {
            _ = try pool.take(at: .origin) { (_: UInt16) throws(MediaPlaneError) -> UInt16? in
                tries += 1
                return nil
            }
        }
        #expect(tries == PortPool.pairCount(in: 10_000...32_767))
        #expect(pool.takenCount == 0)
    }

    /// An error of the system leaves nothing taken.
    @Test func failedBindLeavesNothingTaken() throws {
        let pool = try PortPool(10_000...10_007, rest: .zero)
        #expect(throws: MediaPlaneError.descriptorsExhausted) {
            _ = try pool.take(at: .origin) { (_: UInt16) throws(MediaPlaneError) -> UInt16? in
                throw .descriptorsExhausted
            }
        }
        #expect(pool.takenCount == 0)
    }
}

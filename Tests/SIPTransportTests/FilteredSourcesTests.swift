import Addressing
import CLinux
import SIPTransport
import Testing
import Timekeeping

/// The kernel's filter drops the banned and nobody else.
@Suite struct FilteredSourcesTests {
    private static let start = Instant.origin + .seconds(1_000)

    /// What the kernel would do with a datagram that has this network header.
    private func passes(_ program: [clinux_filter_instruction], _ header: [UInt8]) throws -> Bool {
        var (place, accumulator) = (0, UInt32(0))
        while true {
            let step = try #require(place < program.count ? program[place] : nil, "a program must return")
            let offset = Int(step.operand &- CLINUX_FILTER_NETWORK_HEADER)
            place += 1
            switch Int(step.code) {
            case Int(CLINUX_FILTER_LOAD_BYTE):
                accumulator = UInt32(header[offset])
            case Int(CLINUX_FILTER_LOAD_WORD):
                accumulator = header[offset..<(offset + 4)].reduce(0) { $0 << 8 | UInt32($1) }
            case Int(CLINUX_FILTER_SHIFT_RIGHT):
                accumulator >>= step.operand
            case Int(CLINUX_FILTER_JUMP):
                place += Int(step.operand)
            case Int(CLINUX_FILTER_JUMP_IF_EQUAL):
                place += Int(accumulator == step.operand ? step.jump_if_true : step.jump_if_false)
            default:
                #expect(Int(step.code) == Int(CLINUX_FILTER_RETURN))
                return step.operand > 0
            }
        }
    }

    private func header(from address: IPAddress) -> [UInt8] {
        let octets = { (word: UInt64, count: Int) in
            (0..<count).map { UInt8(truncatingIfNeeded: word >> (8 * UInt64(count - 1 - $0))) }
        }
        switch address {
        case .v4(let source):
            return [0x45] + Array(repeating: 0, count: 11) + octets(UInt64(source), 4) + [127, 0, 0, 1]
        case .v6(let high, let low):
            return [0x60] + Array(repeating: 0, count: 7) + octets(high, 8) + octets(low, 8)
                + Array(repeating: 0, count: 16)
        }
    }

    @Test func theBannedAreDropped() throws {
        var sources = FilteredSources()
        #expect(sources.program.isEmpty)
        let banned: [IPAddress] = [.v4(0x7F4D_0001), .v6(high: 0x2001_0DB8_0000_0001, low: 7), .v4(0x7F4D_0003)]
        for address in banned {
            let isAdded = sources.add(address, until: Self.start)
            #expect(isAdded)
        }
        let program = sources.program
        for address in banned + [.v6(high: 0x2001_0DB8_0000_0001, low: 9)] {
            #expect(try !self.passes(program, self.header(from: address)), "\(address)")
        }
        let others: [IPAddress] = [
            .v4(0x7F4D_0002), .loopback, .v6(high: 0x2001_0DB8_0000_0002, low: 7), .v6(high: 0x2001_0DB9, low: 7),
            .v6(high: 0x2001_0DB7_0000_0001, low: 7),
        ]
        for address in others { #expect(try self.passes(program, self.header(from: address)), "\(address)") }
    }

    /// One family alone leaves the other as it is.
    @Test(arguments: [IPAddress.v4(0x7F4D_0001), .v6(high: 0x2001_0DB8_0000_0001, low: 0)])
    func oneFamilyIsFilteredAlone(banned: IPAddress) throws {
        var sources = FilteredSources()
        _ = sources.add(banned, until: Self.start)
        let program = sources.program
        for address in [IPAddress.v4(0x7F4D_0001), .v6(high: 0x2001_0DB8_0000_0001, low: 0), .loopback] {
            #expect(try self.passes(program, self.header(from: address)) == (address != banned))
        }
    }

    /// A full table takes no further source; what it has can be kept longer, and the last one is dropped as the first.
    @Test func theTableIsBounded() throws {
        var sources = FilteredSources()
        for number in 0..<UInt64(FilteredSources.countMax) {
            let isAdded = sources.add(.v6(high: 0x2001_0DB8_0000_0000 + number, low: 0), until: Self.start)
            #expect(isAdded)
        }
        var isAdded = sources.add(.v4(1), until: Self.start)
        #expect(!isAdded)
        isAdded = sources.add(.v6(high: 0x2001_0DB8_0000_0000, low: 1), until: Self.start + .seconds(1))
        #expect(isAdded)
        let last = IPAddress.v6(high: 0x2001_0DB8_0000_0000 + UInt64(FilteredSources.countMax - 1), low: 0)
        #expect(try !self.passes(sources.program, self.header(from: last)))
        // BPF_MAXINSNS.
        #expect(sources.program.count <= 4_096)
        sources.expire(at: Self.start)
        #expect(sources.count == 1)
    }

    @Test func aBanEnds() throws {
        var sources = FilteredSources()
        _ = sources.add(.v4(1), until: Self.start + .seconds(2))
        _ = sources.add(.v4(2), until: Self.start + .seconds(1))
        #expect(sources.deadline == Self.start + .seconds(1))
        sources.expire(at: Self.start + .seconds(1))
        #expect(try self.passes(sources.program, self.header(from: .v4(2))))
        #expect(try !self.passes(sources.program, self.header(from: .v4(1))))
        sources.expire(at: Self.start + .seconds(2))
        #expect(sources.program.isEmpty && sources.deadline == nil)
    }
}

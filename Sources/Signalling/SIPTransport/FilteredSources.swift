import Addressing
import CLinux
import Timekeeping

/// Banned strangers that go on sending: the kernel drops their datagrams before they take room in a socket's buffer.
///
/// To read a datagram and then not to hear it costs microseconds, so a flood fills the buffer all the same and the carrier's
/// messages are lost with the attacker's. A filter at the socket costs the kernel a fraction of one and frees the buffer.
/// A value without I/O: `program` is for the sockets. Beyond `countMax` sources the others are read and dropped as before.
package struct FilteredSources {
    /// The kernel compares a datagram's source with one after the other; the program stays within `net.core.optmem_max`.
    package static let countMax = 256

    private var ends: [IPAddress: Instant] = [:]

    package init() {}

    package var count: Int { self.ends.count }

    /// When the next source is heard again.
    package var deadline: Instant? { self.ends.values.min() }

    /// Takes a source on until its ban is over; false when there is no room for it. An IPv6 address stands for its /64.
    package mutating func add(_ address: IPAddress, until end: Instant) -> Bool {
        let holder = address.ofOneHolder
        guard self.ends[holder] != nil || self.ends.count < Self.countMax else { return false }
        self.ends[holder] = end
        return true
    }

    /// Forgets the sources whose bans are over.
    package mutating func expire(at now: Instant) {
        self.ends = self.ends.filter { $0.value > now }
    }

    /// The filter, which drops what comes from these sources and lets all else pass; empty when there are none.
    package var program: [clinux_filter_instruction] {
        guard !self.ends.isEmpty else { return [] }
        var v4: [clinux_filter_instruction] = [.loadWord(Self.v4Source)]
        var v6: [clinux_filter_instruction] = []
        for source in self.ends.keys.sorted(by: { $0.description < $1.description }) {
            switch source {
            case .v4(let octets):
                v4 += [.skip(1, unlessEqual: octets), .drop]
            case .v6(let high, _):
                v6 += [
                    .loadWord(Self.v6Source), .skip(3, unlessEqual: UInt32(high >> 32)),
                    .loadWord(Self.v6Source + 4), .skip(1, unlessEqual: UInt32(truncatingIfNeeded: high)), .drop,
                ]
            }
        }
        v4.append(.pass)
        // The version is the upper half of the header's first octet.
        return [.loadByte(0), .shiftRight(4), .skip(1, ifEqual: 4), .jump(UInt32(v4.count))]
            + v4 + [.skip(1, ifEqual: 6), .pass] + v6 + [.pass]
    }

    /// Offsets in the headers of RFC 791 section 3.1 and RFC 8200 section 3.
    private static let v4Source: UInt32 = 12
    private static let v6Source: UInt32 = 8
}

extension clinux_filter_instruction {
    fileprivate static func loadByte(_ offset: UInt32) -> Self {
        Self(CLINUX_FILTER_LOAD_BYTE, CLINUX_FILTER_NETWORK_HEADER + offset)
    }

    fileprivate static func loadWord(_ offset: UInt32) -> Self {
        Self(CLINUX_FILTER_LOAD_WORD, CLINUX_FILTER_NETWORK_HEADER + offset)
    }

    fileprivate static func shiftRight(_ bits: UInt32) -> Self { Self(CLINUX_FILTER_SHIFT_RIGHT, bits) }
    fileprivate static func jump(_ count: UInt32) -> Self { Self(CLINUX_FILTER_JUMP, count) }

    fileprivate static func skip(_ count: UInt8, ifEqual value: UInt32) -> Self {
        Self(CLINUX_FILTER_JUMP_IF_EQUAL, value, ifTrue: count)
    }

    fileprivate static func skip(_ count: UInt8, unlessEqual value: UInt32) -> Self {
        Self(CLINUX_FILTER_JUMP_IF_EQUAL, value, ifFalse: count)
    }

    /// So many bytes of a datagram are kept: none, and all.
    fileprivate static var drop: Self { Self(CLINUX_FILTER_RETURN, 0) }
    fileprivate static var pass: Self { Self(CLINUX_FILTER_RETURN, .max) }

    private init(_ code: some BinaryInteger, _ operand: UInt32, ifTrue: UInt8 = 0, ifFalse: UInt8 = 0) {
        self.init(
            code: UInt16(truncatingIfNeeded: code), jump_if_true: ifTrue, jump_if_false: ifFalse, operand: operand)
    }
}

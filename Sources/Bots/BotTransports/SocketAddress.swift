import Addressing
import CLinux

extension IPAddress {
    /// From an address of the C side; nil when it is of neither family.
    init?(_ address: clinux_address) {
        let octets = unsafe withUnsafeBytes(of: address.bytes) { bytes in
            // Safe: the copy ends with the closure.
            unsafe Array(bytes)
        }
        switch address.length {
        case 4: self = .v4(octets.prefix(4).reduce(0) { $0 << 8 | UInt32($1) })
        case 16:
            self = .v6(
                high: octets.prefix(8).reduce(0) { $0 << 8 | UInt64($1) },
                low: octets.suffix(8).reduce(0) { $0 << 8 | UInt64($1) })
        default: return nil
        }
    }
}

extension clinux_address {
    init(_ address: IPAddress, port: UInt16) {
        self.init()
        self.port = port
        let octets: [UInt8]
        switch address {
        case .v4(let value): octets = (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) }
        case .v6(let high, let low):
            octets = [high, low].flatMap { half in (0..<8).map { UInt8(truncatingIfNeeded: half >> (56 - 8 * $0)) } }
        }
        self.length = Int32(octets.count)
        unsafe withUnsafeMutableBytes(of: &self.bytes) { bytes in
            // Safe: at most 16 octets into 16 bytes.
            unsafe bytes.copyBytes(from: octets)
        }
    }
}

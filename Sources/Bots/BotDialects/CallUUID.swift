/// A call's or an account's name as the 128 bits that some dialects want.
struct CallUUID: Hashable, Sendable {
    let octets: [UInt8]

    /// The 32 hexadecimal digits of the gateway's own names, and of any UUID, are taken as they are; of another text the
    /// same text gives the same octets.
    init(_ name: String) {
        let digits = name.utf8.filter { $0 != UInt8(ascii: "-") }
        let values = digits.compactMap { Self.value(of: $0) }
        if digits.count == 32, values.count == 32 {
            self.octets = (0..<16).map { values[2 * $0] << 4 | values[2 * $0 + 1] }
            return
        }
        // FNV-1a: spread, not secret.
        var octets: [UInt8] = []
        for salt in [UInt8(1), 2] {
            var hash: UInt64 = 0xCBF2_9CE4_8422_2325
            for byte in [salt] + Array(name.utf8) { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
            octets += (0..<8).map { UInt8(truncatingIfNeeded: hash >> (56 - 8 * $0)) }
        }
        self.octets = octets
    }

    /// As RFC 9562 section 4 writes it, marked as a UUID of version 8 (section 5.8), because some readers look.
    var text: String {
        var marked = self.octets
        marked[6] = marked[6] & 0x0F | 0x80
        marked[8] = marked[8] & 0x3F | 0x80
        var text = ""
        for (index, octet) in marked.enumerated() {
            if [4, 6, 8, 10].contains(index) { text += "-" }
            let digits = String(octet, radix: 16)
            text += digits.utf8.count == 1 ? "0" + digits : digits
        }
        return text
    }

    private static func value(of digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}

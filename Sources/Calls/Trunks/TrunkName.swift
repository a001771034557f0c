/// The name of a trunk, in configuration, records and logs.
package struct TrunkName: Hashable, Sendable {
    package let text: String

    /// 1 to 32 letters, digits, `.`, `-` and `_`, the first a letter or a digit.
    package init(_ text: some StringProtocol) throws(TrunkError) {
        guard 1...32 ~= text.utf8.count, text.utf8.allSatisfy(Self.isNameByte),
            let first = text.utf8.first, !Array("._-".utf8).contains(first)
        else { throw .badName }
        self.text = String(text)
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default:
            false
        }
    }
}

extension TrunkName: CustomStringConvertible {
    package var description: String { self.text }
}

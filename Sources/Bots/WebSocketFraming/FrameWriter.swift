/// Writes frames (RFC 6455 section 5.2). Messages go out unfragmented.
package enum FrameWriter {
    /// The largest header: 2 bytes, 8 of length, 4 of mask.
    package static let headerLengthMax = 14

    /// Appends one frame. A client passes a fresh unpredictable key for each frame, a server nil (section 5.3).
    package static func append(
        _ opcode: Opcode, _ payload: ArraySlice<UInt8>, isFinal: Bool = true, maskingKey: UInt32?,
        to bytes: inout [UInt8]
    ) {
        precondition(!opcode.isControl || (payload.count <= 125 && isFinal), "section 5.5 bounds control frames")
        bytes.append(opcode.rawValue | (isFinal ? 0x80 : 0))
        let mark: UInt8 = maskingKey == nil ? 0 : 0x80
        switch payload.count {
        case ..<126:
            bytes.append(mark | UInt8(payload.count))
        case ..<65_536:
            bytes.append(mark | 126)
            bytes.append(UInt8(payload.count >> 8))
            bytes.append(UInt8(truncatingIfNeeded: payload.count))
        default:
            bytes.append(mark | 127)
            for shift in stride(from: 56, through: 0, by: -8) {
                bytes.append(UInt8(truncatingIfNeeded: payload.count >> shift))
            }
        }
        if let maskingKey {
            for shift in stride(from: UInt32(24), through: 0, by: -8) {
                bytes.append(UInt8(truncatingIfNeeded: maskingKey >> shift))
            }
        }
        let start = bytes.count
        bytes.append(contentsOf: payload)
        if let maskingKey { bytes.applyMask(maskingKey, to: start..<bytes.count) }
    }

    /// Appends a close frame. The reason is cut to what a control frame holds, at a character's boundary.
    package static func appendClose(
        _ code: CloseCode?, reason: String = "", maskingKey: UInt32?, to bytes: inout [UInt8]
    ) {
        var payload: [UInt8] = []
        if let code {
            payload = [UInt8(code.rawValue >> 8), UInt8(truncatingIfNeeded: code.rawValue)]
            for character in reason where payload.count + character.utf8.count <= 125 {
                payload.append(contentsOf: character.utf8)
            }
        }
        self.append(.close, payload[...], maskingKey: maskingKey, to: &bytes)
    }
}

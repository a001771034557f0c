import WebSocketFraming

/// What a reader found, with the bytes taken out of its buffer.
enum Found: Equatable {
    case text(String)
    case binary([UInt8])
    case ping([UInt8])
    case pong([UInt8])
    case close(UInt16?, String)

    init(_ unit: FrameReader.Unit, in buffer: [UInt8]) {
        switch unit {
        case .text(let range): self = .text(String(decoding: buffer[range], as: UTF8.self))
        case .binary(let range): self = .binary(Array(buffer[range]))
        case .ping(let range): self = .ping(Array(buffer[range]))
        case .pong(let range): self = .pong(Array(buffer[range]))
        case .close(let code, let reason):
            self = .close(code?.rawValue, String(decoding: buffer[reason], as: UTF8.self))
        }
    }
}

/// Feeds `bytes` in pieces of `step` bytes and collects what comes out.
func read(
    _ bytes: [UInt8], as role: WebSocketRole, step: Int = .max, limit: Int = 1_048_576
) throws(WebSocketError) -> [Found] {
    var reader = FrameReader(role: role, messageLengthMax: limit)
    var found: [Found] = []
    var start = 0
    while start < bytes.count {
        let end = start + min(step, bytes.count - start)
        reader.append(bytes[start..<end])
        while let unit = try reader.next() { found.append(Found(unit, in: reader.buffer)) }
        start = end
    }
    return found
}

/// One frame as the other end of `reader` would write it.
func frame(_ opcode: Opcode, _ payload: [UInt8], isFinal: Bool = true, to role: WebSocketRole) -> [UInt8] {
    var bytes: [UInt8] = []
    FrameWriter.append(
        opcode, payload[...], isFinal: isFinal, maskingKey: role == .server ? 0x37FA_213D : nil, to: &bytes)
    return bytes
}

func bytes(hexadecimal text: String) -> [UInt8] {
    let digits = text.compactMap(\.hexDigitValue)
    return stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
}

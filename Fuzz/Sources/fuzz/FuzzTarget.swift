/// The readers of strangers' bytes. scripts/fuzz.sh names the seeds of each.
enum FuzzTarget: String, CaseIterable {
    case sipDatagram = "sip-datagram"
    case sipStream = "sip-stream"
    case sipURI = "sip-uri"
    case sipHeaders = "sip-headers"
    case sipCore = "sip-core"
    case digest
    case sdp
    case sdes
    case rtp
    case rtcp
    case webSocket = "websocket"
    case botMessages = "bot-messages"
    case json

    /// What libFuzzer calls for each input.
    var test: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt {
        switch self {
        case .sipDatagram: { unsafe run(SIPDatagramTarget.check, $0, $1) }
        case .sipStream: { unsafe run(SIPStreamTarget.check, $0, $1) }
        case .sipURI: { unsafe run(SIPURITarget.check, $0, $1) }
        case .sipHeaders: { unsafe run(SIPHeadersTarget.check, $0, $1) }
        case .sipCore: { unsafe run(SIPCoreTarget.check, $0, $1) }
        case .digest: { unsafe run(DigestTarget.check, $0, $1) }
        case .sdp: { unsafe run(SDPTarget.check, $0, $1) }
        case .sdes: { unsafe run(SDESTarget.check, $0, $1) }
        case .rtp: { unsafe run(RTPTarget.check, $0, $1) }
        case .rtcp: { unsafe run(RTCPTarget.check, $0, $1) }
        case .webSocket: { unsafe run(WebSocketTarget.check, $0, $1) }
        case .botMessages: { unsafe run(BotMessagesTarget.check, $0, $1) }
        case .json: { unsafe run(JSONTarget.check, $0, $1) }
        }
    }
}

/// Copies the input, so that AddressSanitizer sees a read beyond its end.
private func run(_ check: ([UInt8]) -> Void, _ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    // Safe: libFuzzer gives `count` readable bytes.
    check(unsafe Array(UnsafeBufferPointer(start: bytes, count: count)))
    return 0
}

/// A property that no input may break; libFuzzer keeps the input of a process that dies here.
func require(_ holds: Bool, _ property: @autoclosure () -> String) {
    if !holds { fatalError("broken: \(property())") }
}

/// What one of our own writers has written must be readable.
func reading<Value>(_ text: [UInt8], _ read: ([UInt8]) throws -> Value) -> Value {
    do {
        return try read(text)
    } catch {
        fatalError("broken: what we wrote cannot be read, \(error): \(String(decoding: text, as: UTF8.self))")
    }
}

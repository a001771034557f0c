/// Writes messages. Every part of a message is checked before it gets here, so writing cannot fail.
enum MessageWriter {
    static func encode(_ message: SIPMessage) -> [UInt8] {
        var bytes: [UInt8] = []
        // About its length: messages are kept for retransmissions and ladders.
        bytes.reserveCapacity(
            message.headers.fields.reduce(192 + message.body.count) {
                $0 + $1.name.text.utf8.count + $1.value.text.utf8.count + 4
            })
        switch message {
        case .request(let request): Self.append("\(request.method) \(request.uri) SIP/2.0", to: &bytes)
        case .response(let response): Self.append("SIP/2.0 \(response.status) \(response.reason)", to: &bytes)
        }
        for field in message.headers.fields where field.name != .contentLength {
            Self.append("\(field.name): \(field.value)", to: &bytes)
        }
        Self.append("\(HeaderName.contentLength): \(message.body.count)", to: &bytes)
        Self.append("", to: &bytes)
        bytes += message.body
        return bytes
    }

    private static func append(_ line: String, to bytes: inout [UInt8]) {
        bytes += line.utf8
        bytes += [0x0D, 0x0A]
    }
}

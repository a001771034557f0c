import BotDialects
import BotProtocol
import JSON
import PCM
import WebSocketFraming

/// A WebSocket stream in both roles: however it is cut, the same units come out of it.
enum WebSocketTarget {
    static func check(_ bytes: [UInt8]) {
        for role in [WebSocketRole.client, .server] {
            let whole = Self.units(of: bytes, pieceLength: max(1, bytes.count), role)
            require(Self.units(of: bytes, pieceLength: 7, role) == whole, "the units do not depend on the reads")
        }
        var opening = ServerHandshake()
        _ = try? opening.receive(bytes)
    }

    private static func units(of bytes: [UInt8], pieceLength: Int, _ role: WebSocketRole) -> [String] {
        var reader = FrameReader(role: role, messageLengthMax: 4096)
        var units: [String] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            reader.append(rest.prefix(pieceLength))
            rest = rest.dropFirst(pieceLength)
            do throws(WebSocketError) {
                while let unit = try reader.next() {
                    switch unit {
                    case .text(let range): units.append("text \(reader.buffer[range])")
                    case .binary(let range): units.append("binary \(reader.buffer[range])")
                    case .ping(let range): units.append("ping \(reader.buffer[range])")
                    case .pong(let range): units.append("pong \(reader.buffer[range])")
                    case .close(let code, let reason): units.append("close \(code as Any) \(reader.buffer[reason])")
                    }
                }
            } catch {
                units.append("\(error)")
                return units
            }
        }
        return units
    }
}

/// Messages of a bot in every dialect. The first byte picks the dialect, its highest bit the kind.
enum BotMessagesTarget {
    static func check(_ bytes: [UInt8]) {
        guard let first = bytes.first else { return }
        let names = BotDialectName.allCases
        guard var dialect = BotDialect(names[Int(first & 0x7F) % names.count], accountID: "account") else { return }
        for line in bytes.dropFirst().split(separator: 0x0A).prefix(16) {
            var batch = BotCommandBatch()
            let message = Array(line)
            do throws(BotDialectError) {
                try dialect.decode(first & 0x80 == 0 ? .text : .binary, message.span, into: &batch)
            } catch {
                return
            }
        }
    }
}

/// A JSON document: what can be read is written so that it reads the same.
enum JSONTarget {
    static func check(_ bytes: [UInt8]) {
        guard let value = try? JSONReader.parse(bytes) else { return }
        let written = value.encoded()
        let again = reading(written) { try JSONReader.parse($0) }
        require(again.encoded() == written, "a written document reads and writes the same")
    }
}

import Digests
import WebSocketFraming

/// A bot that dials the gateway, ahead of its calls, and waits for them.
package struct AwaitedBot: Hashable, Sendable {
    /// What it asks for, without a query, such as `/twilio/reception`: one for each bot.
    package let path: String
    package let token: BotToken
    /// Connections that may wait at once.
    package let waitingMax: Int

    package init(path: String, token: BotToken, waitingMax: Int = 16) {
        precondition(path.hasPrefix("/") && Self.waitingRange.contains(waitingMax), "a path, and from 1 to 256")
        self.path = path
        self.token = token
        self.waitingMax = waitingMax
    }

    package static let waitingRange = 1...256
}

/// The secret of bots that dial the gateway. It prints as dots, so that no log can hold it.
package struct BotToken: Hashable, Sendable, CustomStringConvertible {
    /// Shorter ones can be guessed.
    package static let lengthMin = 16

    private let digest: [UInt8]

    /// Nil for a token of less than 16 characters, or with anything but visible ASCII in it.
    package init?(_ text: String) {
        guard text.utf8.count >= Self.lengthMin, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            return nil
        }
        self.digest = SHA256.hash(Array(text.utf8))
    }

    package var description: String { "••••" }

    /// Whether the request shows it (RFC 6750 section 2.1). Digests are compared in constant time, so that neither length
    /// nor content shows in the time of an answer.
    package func isShown(by head: HTTPHead) -> Bool {
        let scheme = "bearer "
        guard let field = head.value(of: "Authorization"), field.lowercased().hasPrefix(scheme) else { return false }
        return constantTimeEquals(SHA256.hash(Array(field.utf8.dropFirst(scheme.utf8.count))), self.digest)
    }
}

import BotTransports
import Testing
import WebSocketFraming

/// Who is let in, and who waits for whom.
@Suite struct BotReceptionTests {
    private static let secret = "a-token-of-16-or-more"
    private static let path = "/native/desk"

    private func reception(waitingMax: Int = 2) throws -> BotReception {
        let token = try #require(BotToken(Self.secret))
        let other = try #require(BotToken("another-bots-own-token"))
        return BotReception([
            AwaitedBot(path: Self.path, token: token, waitingMax: waitingMax),
            AwaitedBot(path: "/twilio/night", token: other),
        ])
    }

    private func opening(_ target: String, _ fields: String) throws -> ServerHandshake.Opening {
        var handshake = ServerHandshake()
        let text =
            "GET \(target) HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\(fields)\r\n"
        return try #require(try handshake.receive(Array(text.utf8)))
    }

    private func status(of answer: [UInt8]) -> String {
        String(decoding: answer.dropFirst("HTTP/1.1 ".utf8.count).prefix(3), as: UTF8.self)
    }

    /// The scheme's name has no case (RFC 9110 section 11.1); a query says nothing about the bot.
    @Test(arguments: [
        (path, "Authorization: Bearer \(secret)\r\n"), (path + "?x=1", "authorization: bearer \(secret)\r\n"),
    ])
    func rightToken(target: String, fields: String) throws {
        #expect(try self.reception().admit(try self.opening(target, fields)) == Self.path)
    }

    @Test(arguments: [
        (path, "", BotReception.Refusal.wrongToken, "401"),
        (path, "Authorization: Bearer \(secret)x\r\n", .wrongToken, "401"),
        (path, "Authorization: Bearer another-bots-own-token\r\n", .wrongToken, "401"),
        (path, "Authorization: Basic \(secret)\r\n", .wrongToken, "401"),
        (path, "Authorization: Bearer \(secret)\r\nAuthorization: Bearer \(secret)\r\n", .wrongToken, "401"),
        ("/native/nobody", "Authorization: Bearer \(secret)\r\n", .unknownBot, "404"),
        ("/twilio/desk", "Authorization: Bearer \(secret)\r\n", .unknownBot, "404"),
        (path + "/", "Authorization: Bearer \(secret)\r\n", .unknownBot, "404"),
    ])
    func refused(target: String, fields: String, refusal: BotReception.Refusal, status: String) throws {
        let reception = try self.reception()
        let opening = try self.opening(target, fields)
        #expect(throws: refusal) { try reception.admit(opening) }
        #expect(self.status(of: refusal.answer) == status)
    }

    /// The stated number waits; one more is refused until one has left.
    @Test func connectionsThatWaitAreBounded() throws {
        var reception = try self.reception(waitingMax: 2)
        let opening = try self.opening(Self.path, "Authorization: Bearer \(Self.secret)\r\n")
        for id in UInt64(1)...2 {
            #expect(try reception.admit(opening) == Self.path)
            #expect(reception.arrive(id, at: Self.path) == nil)
        }
        #expect(throws: BotReception.Refusal.full(waitingMax: 2)) { try reception.admit(opening) }
        #expect(self.status(of: BotReception.Refusal.full(waitingMax: 2).answer) == "503")
        reception.leave(1, from: Self.path)
        #expect(try reception.admit(opening) == Self.path)
        #expect(reception.connectionCount == 1)
        #expect(reception.take(from: Self.path) == 2)
        #expect(reception.take(from: Self.path) == nil)
    }

    /// In the order in which they came, each bot for itself, on both sides.
    @Test func firstComeFirstServed() throws {
        var reception = try self.reception()
        #expect(reception.wait(11, for: Self.path) == true)
        #expect(reception.wait(12, for: Self.path) == true)
        #expect(reception.wait(13, for: Self.path) == true)
        #expect(reception.arrive(1, at: "/twilio/night") == nil)
        reception.withdraw(11, from: Self.path)
        #expect(reception.arrive(2, at: Self.path) == 12)
        #expect(reception.arrive(3, at: Self.path) == 13)
        #expect(reception.arrive(4, at: Self.path) == nil)
        #expect(reception.callCount == 0)
        #expect(reception.connectionCount == 2)
        #expect(reception.take(from: Self.path) == 4)
    }

    @Test func callsThatWaitAreBounded() throws {
        var reception = try self.reception()
        for call in 0..<UInt64(BotReception.callsMax) { #expect(reception.wait(call, for: Self.path) == true) }
        #expect(reception.wait(UInt64(BotReception.callsMax), for: Self.path) == false)
        #expect(reception.wait(1, for: "/native/nobody") == false)
    }

    /// A secret must be long, and one line of visible characters.
    @Test(arguments: ["", "fifteen-letters", "with a space in it", "mit-Ümläuten-geht-das-nicht"])
    func tokensThatAreNone(text: String) {
        #expect(BotToken(text) == nil)
    }

    @Test func tokenIsNotShown() throws {
        #expect("\(try #require(BotToken(Self.secret)))" == "••••")
    }
}

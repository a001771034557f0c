import BotTransports
import Testing
import Timekeeping
import WebSocketFraming

/// A bot's connection while it waits, in virtual time.
@Suite struct WaitingBotTests {
    private static let origin = Instant(nanosecondsSinceOrigin: 0)

    private func frame(_ opcode: Opcode, _ payload: [UInt8] = [], key: UInt32? = 0x1234_5678) -> [UInt8] {
        var bytes: [UInt8] = []
        FrameWriter.append(opcode, payload[...], maskingKey: key, to: &bytes)
        return bytes
    }

    /// A bot that answers waits for ever: a ping each 10 s.
    @Test func answeredPings() throws {
        var bot = WaitingBot(at: Self.origin)
        var now = Self.origin
        for _ in 0..<100 {
            #expect(now.duration(to: bot.deadline) == WaitingBot.pingInterval)
            now = bot.deadline
            #expect(try bot.handleTimeout(at: now) == self.frame(.ping, key: nil))
            now = now + .milliseconds(30)
            #expect(try bot.receive(self.frame(.pong)[...], at: now) == [])
        }
    }

    /// A bot whose machine is gone is known to be after 20 s.
    @Test func deadPeer() throws {
        var bot = WaitingBot(at: Self.origin)
        #expect(try bot.handleTimeout(at: Self.origin + .seconds(9)) == [])
        #expect(try bot.handleTimeout(at: bot.deadline) == self.frame(.ping, key: nil))
        #expect(bot.deadline == Self.origin + .seconds(20))
        #expect(throws: WaitingBot.End.silent) { try bot.handleTimeout(at: bot.deadline) }
    }

    /// RFC 6455 section 5.5.3: the last of several pings is answered.
    @Test func pingsOfTheBot() throws {
        var bot = WaitingBot(at: Self.origin)
        let answer = try bot.receive((self.frame(.ping, [1]) + self.frame(.ping, [2, 3]))[...], at: Self.origin)
        #expect(answer == self.frame(.pong, [2, 3], key: nil))
    }

    /// The call that takes the connection gets the frame whose beginning has come.
    @Test func remainderIsKept() throws {
        var bot = WaitingBot(at: Self.origin)
        let frame = self.frame(.ping, [1, 2, 3])
        #expect(try bot.receive((self.frame(.pong) + frame.prefix(4))[...], at: Self.origin) == [])
        #expect(bot.remainder == Array(frame.prefix(4)))
    }

    @Test func endsOfTheWait() {
        let cases: [([UInt8], WaitingBot.End, UInt16)] = [
            (self.frame(.text, Array("{}".utf8)), .spokeEarly, 1008),
            (self.frame(.binary, [0, 0]), .spokeEarly, 1008),
            (self.frame(.close, [3, 232]), .closedByBot, 1000),
            (self.frame(.ping, key: nil), .webSocket(.maskMissing), 1002),
            (
                self.frame(.text, [UInt8](repeating: 0x20, count: 5_000)), .webSocket(.messageTooLong(limit: 4_096)),
                1009
            ),
        ]
        for (bytes, end, code) in cases {
            var bot = WaitingBot(at: Self.origin)
            #expect(throws: end) { try bot.receive(bytes[...], at: Self.origin) }
            #expect(end.closeCode.rawValue == code)
            #expect(!end.description.isEmpty)
        }
    }
}

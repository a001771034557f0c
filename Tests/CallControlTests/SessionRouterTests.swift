import CallControl
import SIPUserAgent
import Synchronization
import Testing

@Suite struct SessionRouterTests {
    private let router = SessionRouter()
    private let session = SessionID(number: 1)

    private static let ended = SessionNotice.event(.failed(EndReason(cause: .rejectedByUs)))

    @Test func eventsBeforeTheClaimWaitInOrder() {
        let heard = Heard()
        self.router.deliver(.transportFault("first"), of: self.session)
        self.router.deliver(.transportFault("second"), of: self.session)
        #expect(self.router.unclaimedCount == 1)
        self.router.claim(self.session, heard.receive)
        self.router.deliver(.transportFault("third"), of: self.session)
        #expect(heard.words == ["first", "second", "third"])
        #expect(self.router.unclaimedCount == 0)
        #expect(self.router.count == 1)
    }

    @Test func theTerminalEventEndsTheRoute() {
        let heard = Heard()
        self.router.claim(self.session, heard.receive)
        self.router.deliver(Self.ended, of: self.session)
        #expect(heard.words == ["end"])
        #expect(self.router.count == 0)
        self.router.forget(self.session)
        #expect(self.router.unclaimedCount == 0, "a session that is over needs no memory")
    }

    @Test func anEndBeforeTheClaimIsHeardByIt() {
        let heard = Heard()
        self.router.deliver(Self.ended, of: self.session)
        self.router.claim(self.session, heard.receive)
        #expect(heard.words == ["end"])
        #expect(self.router.count == 0)
    }

    /// The next point of presence is being tried: what the old session still says is nobody's, and leaves nothing behind.
    @Test func aForgottenSessionLeavesNothing() {
        let heard = Heard()
        self.router.claim(self.session, heard.receive)
        self.router.forget(self.session)
        self.router.deliver(.transportFault("late"), of: self.session)
        #expect(heard.words == [])
        #expect(self.router.unclaimedCount == 1)
        self.router.deliver(Self.ended, of: self.session)
        #expect(self.router.unclaimedCount == 0)
    }

    /// More refused INVITEs than can wait must not cost a later call its first events.
    @Test func refusedSessionsLeaveRoomForOthers() {
        for number in 0..<UInt64(SessionRouter.unclaimedMax + 10) {
            let session = SessionID(number: 100 + number)
            self.router.decline(session)
            self.router.deliver(Self.ended, of: session)
        }
        #expect(self.router.unclaimedCount == 0)
        let heard = Heard()
        self.router.deliver(.transportFault("early"), of: self.session)
        self.router.claim(self.session, heard.receive)
        #expect(heard.words == ["early"])
    }

    @Test func aCallerThatGaveUpBeforeTheRefusalLeavesNothing() {
        self.router.deliver(Self.ended, of: self.session)
        self.router.decline(self.session)
        #expect(self.router.unclaimedCount == 0)
    }

    @Test func whatWaitsIsBounded() {
        for number in 0..<UInt64(SessionRouter.unclaimedMax + 5) {
            self.router.deliver(.transportFault("x"), of: SessionID(number: number))
        }
        #expect(self.router.unclaimedCount == SessionRouter.unclaimedMax)
        let heard = Heard()
        for _ in 0..<SessionRouter.waitingMax + 5 { self.router.deliver(.transportFault("x"), of: self.session) }
        self.router.deliver(Self.ended, of: self.session)
        self.router.claim(self.session, heard.receive)
        // One had come before; the end always finds a place.
        #expect(heard.words.count == SessionRouter.waitingMax + 1)
        #expect(heard.words.last == "end")
    }
}

/// What a receiver was told.
private final class Heard: Sendable {
    private let stored = Mutex<[String]>([])

    var words: [String] { self.stored.withLock { $0 } }

    func receive(_ notice: SessionNotice) {
        self.stored.withLock { words in
            switch notice {
            case .transportFault(let sentence): words.append(sentence)
            case .event: words.append("end")
            }
        }
    }
}

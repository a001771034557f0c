import AudioFiles
import CallControl
import MediaPlane
import SIPUserAgent
import Testing

/// A bot gone wild fills the line with what is only worth telling: what ends the call still gets through.
@Suite struct CallInboxTests {
    private static let notice = CallInput.media(.promptMissing(name: "nothing", .notFound(name: "nothing")))

    private static func drained(_ inputs: AsyncStream<CallInput>, _ inbox: CallInbox) async -> [CallInput] {
        inbox.finish()
        var taken: [CallInput] = []
        for await input in inputs { taken.append(input) }
        return taken
    }

    @Test func whatIsOnlyWorthTellingIsBounded() async {
        let (inbox, inputs) = CallInbox.make()
        for _ in 0..<CallInbox.countMax + 10 { inbox.post(Self.notice) }
        #expect(await Self.drained(inputs, inbox).count == CallInbox.countMax)
    }

    @Test func vitalInputsAreNeverDropped() async {
        let (inbox, inputs) = CallInbox.make()
        for _ in 0..<CallInbox.countMax + 10 { inbox.post(Self.notice) }
        let session = SessionID(number: 1)
        let vital: [CallInput] = [
            .permit, .permitRefused, .media(.ended(MediaReport())),
            .signalling(session, .event(.ended(EndReason(cause: .hungUpByPeer)))),
        ]
        for input in vital { inbox.post(input) }
        #expect(await Self.drained(inputs, inbox).count == CallInbox.countMax + vital.count)
    }

    @Test func wishesToEndHaveAReserve() async {
        let (inbox, inputs) = CallInbox.make()
        for _ in 0..<CallInbox.countMax + 10 { inbox.post(Self.notice) }
        for _ in 0..<CallInbox.endReserve + 10 { inbox.post(.media(.botHangup(reason: nil))) }
        inbox.post(.end(.shutdown))
        #expect(await Self.drained(inputs, inbox).count == CallInbox.countMax + CallInbox.endReserve)
    }

    @Test func whatWasTakenMakesRoom() async {
        let (inbox, inputs) = CallInbox.make()
        for _ in 0..<CallInbox.countMax { inbox.post(Self.notice) }
        inbox.noteTaken()
        inbox.post(Self.notice)
        inbox.post(Self.notice)
        #expect(await Self.drained(inputs, inbox).count == CallInbox.countMax + 1)
    }
}

import BotProtocol
import CallAudio
import PCM
import RTP
import Testing
import Timekeeping

/// Digits go one way, by media or by signalling, and none of them twice.
@Suite struct SignalledDigitTests {
    private static func digits(_ text: String) throws -> [DTMFDigit] { try #require(DTMFDigit.digits(in: text)) }

    private static func call(_ path: DigitPath) -> VirtualCall {
        var call = VirtualCall(digits: path)
        call.attach(rate: .hz8000)
        call.path.connect(VirtualCall.parameters, at: call.now)
        call.path.answered(at: call.now, into: &call.output)
        call.collect()
        return call
    }

    private static func dtmf(_ call: VirtualCall) -> [BotEvent] {
        call.botEvents.map(\.event).filter { if case .dtmf = $0 { true } else { false } }
    }

    /// The far end presses one key and sends both an INFO and telephone events for it.
    @Test(arguments: [DigitPath.telephoneEvents, .signalling]) func aKeyThatComesBothWaysIsToldOnce(path: DigitPath)
        throws
    {
        var call = Self.call(path)
        let five = try #require(DTMFDigit("5"))
        var sender = TelephoneEventSender()
        _ = sender.enqueue(TelephoneEvent(code: five.eventCode))
        for _ in 0..<20 {
            switch sender.nextSlot(at: call.farSender.timestamp, samples: 160) {
            case .packet(let packet), .lastPacket(let packet):
                let header = call.farSender.nextEvent(packet, payloadType: .telephoneEvent)
                call.farSender.pass(samples: 160)
                var payload = [UInt8](repeating: 0, count: TelephoneEventPayload.lengthInBytes)
                var bytes = payload.mutableSpan
                packet.payload.write(into: &bytes, at: 0)
                call.receive(VirtualCall.packet(header, payload))
            case .audio, .pause:
                break
            }
            call.slot()
        }
        call.path.receiveSignalledDigit(five, duration: .milliseconds(100), into: &call.output)
        call.collect()
        #expect(Self.dtmf(call).count == 1)
        #expect(call.path.report.digitsReceived == "5")
    }

    /// Where no telephone events were agreed, INFO is all there is.
    @Test func signalledDigitsCountWithoutTelephoneEvents() throws {
        var call = VirtualCall()
        call.attach(rate: .hz8000)
        var parameters = VirtualCall.parameters
        parameters.telephoneEventReceive = nil
        call.path.connect(parameters, at: call.now)
        call.path.receiveSignalledDigit(try #require(DTMFDigit("#")), duration: .milliseconds(160), into: &call.output)
        call.collect()
        #expect(Self.dtmf(call) == [.dtmf(try #require(DTMFDigit("#")), duration: .milliseconds(160))])
    }

    @Test func digitsAreGivenToSignallingAndReportedBack() throws {
        var call = Self.call(.signalling)
        call.bot(.dtmf(try Self.digits("12")))
        call.run(slots: 30)
        #expect(call.events.contains(.digitsForSignalling(try Self.digits("12"))))
        #expect(call.sent.allSatisfy { $0.packet.payloadType == .pcma })
        #expect(call.path.report.digitsSent == "")
        let (one, two) = (try #require(DTMFDigit("1")), try #require(DTMFDigit("2")))
        call.path.noteSignalledDigit(one, isDelivered: true, into: &call.output)
        call.path.noteSignalledDigit(two, isDelivered: false, into: &call.output)
        call.collect()
        #expect(call.events.filter { $0 == .digitSent(one) || $0 == .digitSent(two) } == [.digitSent(one)])
        #expect(call.path.report.digitsSent == "1" && call.path.report.digitsRefused == 1)
    }

    @Test func digitsThatWaitForSignallingAreBounded() throws {
        var call = Self.call(.signalling)
        let key = try #require(DTMFDigit("7"))
        for _ in 0..<3 { call.bot(.dtmf([DTMFDigit](repeating: key, count: 40))) }
        let given = call.events.reduce(0) {
            if case .digitsForSignalling(let digits) = $1 { $0 + digits.count } else { $0 }
        }
        #expect(given == DTMFRouter.signalledMax)
        #expect(call.path.report.digitsRefused == UInt64(120 - DTMFRouter.signalledMax))
        call.path.noteSignalledDigit(key, isDelivered: true, into: &call.output)
        call.bot(.dtmf([key]))
        #expect(call.events.last == .digitsForSignalling([key]))
    }
}

import BotProtocol
import CallAudio
import PCM
import RTP
import Testing
import Timekeeping

/// Digits as tones in the audio, where telephone events were not agreed.
@Suite struct InBandDigitTests {
    private static func call(digits: DigitPath = .telephoneEvents, takesEvents: Bool = false) -> VirtualCall {
        var call = VirtualCall(digits: digits)
        call.attach(rate: .hz8000)
        var parameters = VirtualCall.parameters
        if !takesEvents {
            parameters.telephoneEventSend = nil
            parameters.telephoneEventReceive = nil
        }
        call.path.connect(parameters, at: call.now)
        call.path.answered(at: call.now, into: &call.output)
        call.collect()
        return call
    }

    private static func received(_ call: VirtualCall) -> [DTMFDigit] {
        call.events.compactMap { if case .digitReceived(let digit, _) = $0 { digit } else { nil } }
    }

    /// What one side sends as tones the other side hears as keys: all sixteen, each once, in order.
    @Test(arguments: [DigitPath.telephoneEvents, .inBand]) func bothWays(_ path: DigitPath) throws {
        let digits = try #require(DTMFDigit.digits(in: "0123456789*#ABCD"))
        var sender = Self.call(digits: path)
        sender.path.sendDTMF(digits, into: &sender.output)
        sender.run(slots: 200)
        #expect(sender.path.report.digitsSent == "0123456789*#ABCD")
        #expect(sender.events.count { if case .digitSent = $0 { true } else { false } } == 16)
        #expect(sender.sent.count == 200, "no slot is left out")
        var receiver = Self.call(digits: path)
        let heard = sender.heardByFarEnd
        receiver.run(slots: 200) { Array(heard[($0 * 160)..<($0 * 160 + 160)]) }
        receiver.run(slots: 10)
        #expect(Self.received(receiver) == digits)
        #expect(receiver.path.report.digitsReceived == "0123456789*#ABCD")
    }

    /// The bot's audio waits for the digits and then goes on whole.
    @Test func theBotWaits() throws {
        var call = Self.call()
        call.botSays([Int16](repeating: 5_000, count: 8_000))
        call.bot(.mark(name: "end"))
        call.run(slots: 10)
        call.path.sendDTMF(try #require(DTMFDigit.digits(in: "12")), into: &call.output)
        call.run(slots: 80)
        #expect(call.path.report.digitsSent == "12")
        #expect(call.path.report.botAudioHeard == .seconds(1))
        #expect(call.marks.map(\.name) == ["end"])
    }

    /// Where telephone events were agreed, or signalling carries the keys, a tone in the audio is only heard.
    @Test(arguments: [DigitPath.telephoneEvents, .signalling]) func oneWayOnly(_ path: DigitPath) throws {
        var sender = Self.call(digits: .inBand)
        sender.path.sendDTMF(try #require(DTMFDigit.digits(in: "5")), into: &sender.output)
        sender.run(slots: 20)
        let heard = sender.heardByFarEnd
        var receiver = Self.call(digits: path, takesEvents: path == .telephoneEvents)
        receiver.run(slots: 20) { Array(heard[($0 * 160)..<($0 * 160 + 160)]) }
        #expect(Self.received(receiver).isEmpty)
    }

    /// A far end that sends each key as a tone and by INFO presses each once, whichever comes first.
    @Test(arguments: [true, false]) func twoWaysAreOneKey(_ isToneFirst: Bool) throws {
        let digits = try #require(DTMFDigit.digits(in: "31"))
        var sender = Self.call()
        sender.path.sendDTMF(digits, into: &sender.output)
        sender.run(slots: 25)
        let heard = sender.heardByFarEnd
        var receiver = Self.call()
        for slot in 0..<25 {
            if slot == (isToneFirst ? 9 : 0) || slot == (isToneFirst ? 19 : 10) {
                receiver.path.receiveSignalledDigit(
                    digits[slot < 10 ? 0 : 1], duration: .milliseconds(100), into: &receiver.output)
            }
            receiver.run(slots: 1) { _ in Array(heard[(slot * 160)..<(slot * 160 + 160)]) }
        }
        #expect(Self.received(receiver).map(\.description) == ["3", "1"])
    }

    /// As many wait as the limit says; the others are counted.
    @Test func waitingDigitsAreBounded() throws {
        var call = Self.call()
        let digit = try #require(DTMFDigit("7"))
        call.path.sendDTMF(Array(repeating: digit, count: 100), into: &call.output)
        #expect(call.path.report.digitsRefused == 36)
    }

    /// Before the call is connected there is no way for a digit.
    @Test func withoutAWireDigitsAreRefused() throws {
        var call = VirtualCall()
        call.path.sendDTMF([try #require(DTMFDigit("7"))], into: &call.output)
        #expect(call.path.report.digitsRefused == 1)
    }
}

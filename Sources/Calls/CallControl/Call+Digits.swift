import BotProtocol
import CallAudio
import MediaPlane
import SIPEndpoint
import SIPSyntax
import SIPUserAgent
import Trunks

/// Digits that go by signalling: INFO with `application/dtmf-relay`.
extension Call {
    var digitPath: DigitPath {
        switch self.trunk.digits {
        case .rfc4733: .telephoneEvents
        case .inBand: .inBand
        case .info: .signalling
        }
    }

    /// Sends digits, one INFO each; the core keeps them in order. As many wait as the media takes for signalling.
    func signal(_ digits: [DTMFDigit]) async {
        for digit in digits {
            guard let session = self.session, let body = try? DTMFBody(digit: Character(digit.key)) else {
                self.command(.noteDTMF(digit, isDelivered: false))
                continue
            }
            self.digitsWaiting.append(digit)
            await self.services.endpoint.sendInfo(session, OutgoingInfo(body))
        }
    }

    /// What became of the oldest INFO of ours.
    func handle(_ outcome: InfoOutcome) {
        guard !self.digitsWaiting.isEmpty else { return }
        let digit = self.digitsWaiting.removeFirst()
        switch outcome {
        case .answered(let response):
            if !response.status.isSuccess {
                self.tell(.note("The far end did not take the digit \(digit) (\(response.status))."))
            }
            self.command(.noteDTMF(digit, isDelivered: response.status.isSuccess))
        case .timedOut, .transportFailed, .notSent:
            self.tell(.note("The digit \(digit) did not reach the far end."))
            self.command(.noteDTMF(digit, isDelivered: false))
        }
    }

    /// A digit of the far end; whether it counts is the media's to say, which knows what was agreed.
    func handle(_ info: IncomingInfo) {
        switch info {
        case .digit(let body):
            // A hook flash is no key.
            guard let key = body.digit.unicodeScalars.first, let digit = DTMFDigit(key) else { return }
            self.command(.receiveDTMF(digit, duration: body.duration))
        case .other(let contentType, _):
            self.tell(.note("An INFO with \(contentType) was left unread."))
        }
    }
}
